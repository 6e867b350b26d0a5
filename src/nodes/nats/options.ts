/**
 * Bytes of what is sent in one piece, before it is sealed. A server takes 1 MiB unless told otherwise, and what it
 * copies to others in pieces of this size does not hold up its heartbeats.
 */
export const PART_BYTES_MAX = 128 * 1_024;
/** What the headers of a message and the seal take of a server's `max_payload`. */
export const PAYLOAD_RESERVE_BYTES = 1_024;
/**
 * Shorter parts are sent to the peer directly, too. A sale then waits neither for the copies of the stream, nor, for 4 to
 * 9 seconds, for its new leader when the old one is lost. Longer ones would cost more than they win.
 */
export const LIVE_BYTES_MAX = 8 * 1_024;
/** Parts, and their bytes, from the first that is neither stored nor heard to the last that was sent. */
export const PARTS_UNDER_WAY_MAX = 256;
export const BYTES_UNDER_WAY_MAX = 4 * 1_024 * 1_024;
/** After so many parts that were heard the peer is told, and no later than with the next sign of life. */
export const PARTS_UNTOLD_MAX = 64;
/**
 * Parts, and their bytes, that wait for one that they follow: whoever was cut off for a moment reads it from the stream,
 * which may have lost its leader just then, while short ones come directly.
 */
export const PARTS_AHEAD_MAX = 20_000;
export const BYTES_AHEAD_MAX = 16 * 1_024 * 1_024;
/** Bytes of one message; at a larger one its receiver ends the connection. See `nodes/http/options.ts`. */
export const MESSAGE_BYTES_MAX = 64 * 1_024 * 1_024;
/** Shorter messages are sent as they are. */
export const COMPRESSED_BYTES_MIN = 1_024;

/** A broker must say within this time that it has stored a part, or it is sent again. */
export const STORE_MS_MAX = 1_000;
/** Before what was not stored is sent again. */
export const STORE_AGAIN_MS = 100;
/** What was sent before a connection was closed has this long to be stored. */
export const CLOSE_MS = 1_000;
/** How long the hub may take to answer each of the two questions of a dial. */
export const ANSWER_MS_MAX = 5_000;
/** A shop that was answered must prove itself within this time. */
export const PROVE_MS_MAX = 10_000;
/** Shops that were answered and have not proved themselves yet; the oldest give way. */
export const UNPROVEN_MAX = 10_000;

/** How long the broker keeps what nobody has read: longer than any connection lives without a sign of the other end. */
export const STREAM_AGE_MS_MAX = 5 * 60_000;
/** Then the oldest is dropped. What was dropped is sent again by whoever has it in its log. */
export const STREAM_BYTES_MAX = 512 * 1_024 * 1_024;

/** How a peer, or a broker, that is gone without a word is noticed. */
export interface Heartbeat {
  /** How often a sign of life is sent. */
  readonly intervalMs: number;
  /** After this many intervals in a row without any sign of the peer it counts as gone. */
  readonly silentIntervalsMax: number;
  /** The same for a stream that takes nothing of what waits, or gives nothing of what it has. */
  readonly stuckIntervalsMax: number;
}

/**
 * A peer that is gone is noticed within 8 to 10 seconds, a stream that stands still within 12 to 14: one that lost its
 * leader takes up to 9 to find another.
 */
export const HEARTBEAT_DEFAULT: Heartbeat = {
  intervalMs: 2_000,
  silentIntervalsMax: 4,
  stuckIntervalsMax: 6,
};
