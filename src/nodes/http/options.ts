/**
 * Bytes of one message, before it is compressed; at a larger one its receiver ends the connection. A page of 500 entries
 * about the largest of products, each with all that it was and is, has less.
 */
export const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/** Shorter messages (cursors, wants, grants of a few units) are sent as they are: to compress them costs more than it saves. */
const COMPRESSED_BYTES_MIN = 1_024;

/**
 * Compression keeps nothing from message to message, and looks back over 8 KiB only: entries repeat their words within
 * a few hundred bytes. A quiet link takes 12 KB at the hub; one that has had a long message in each direction 230 KB,
 * where zlib's defaults take 360 (1,000 links, resident memory).
 */
const WINDOW_BITS = 13;
const MEMORY_LEVEL = 6;

/** What both ends give to `ws`. */
export const SOCKET_OPTIONS = {
  maxPayload: MESSAGE_BYTES_MAX,
  perMessageDeflate: {
    threshold: COMPRESSED_BYTES_MIN,
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: WINDOW_BITS,
    clientMaxWindowBits: WINDOW_BITS,
    zlibDeflateOptions: { memLevel: MEMORY_LEVEL },
  },
} as const;

/** Where a node's link is at its hub, below the hub's address. */
export const LINKS_PATH = '/v1/links';

/** How a peer that is gone without a word is noticed. */
export interface Heartbeat {
  /** How often a ping is sent. */
  readonly intervalMs: number;
  /** After this many intervals in a row in which nothing came from the peer, not a single byte, it counts as gone. */
  readonly silentIntervalsMax: number;
}

/** A peer that is gone is noticed within 6 to 8 seconds. */
export const HEARTBEAT_DEFAULT: Heartbeat = { intervalMs: 2_000, silentIntervalsMax: 3 };
