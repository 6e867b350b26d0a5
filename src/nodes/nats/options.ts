/**
 * Bytes of what is sent in one piece, before it is sealed. A server takes 1 MiB unless told otherwise, and what it
 * copies to others in pieces of this size does not hold up its heartbeats.
 */
export const PART_BYTES_MAX = 128 * 1_024;
/** What the headers of a message and the seal take of a server's `max_payload`. */
export const PAYLOAD_RESERVE_BYTES = 1_024;
/** Parts that are on their way to the stream. */
export const PARTS_UNDER_WAY_MAX = 32;
/** Parts that have come before one that they follow; a peer that keeps to the protocol has fewer on their way. */
export const PARTS_AHEAD_MAX = 2 * PARTS_UNDER_WAY_MAX;
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
  /**
   * After this many intervals in a row without any sign of the peer, or in which the stream took nothing of what waits,
   * or gave nothing of what it has, the connection counts as broken.
   */
  readonly silentIntervalsMax: number;
}

/** A broken way is noticed within 8 to 10 seconds: a stream of nats-server 2.9 takes 5 to find a new leader. */
export const HEARTBEAT_DEFAULT: Heartbeat = { intervalMs: 2_000, silentIntervalsMax: 4 };
