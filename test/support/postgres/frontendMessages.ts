/** One message from a client to PostgreSQL. */
export interface FrontendMessage {
  /**
   * The letter of the protocol: `Q` a simple query, `P` Parse, `B` Bind, `D` Describe, `E` Execute, `S` Sync, `X` the
   * farewell, and so on; or `startup`, or `request` for one that asks for encryption or to cancel.
   */
  readonly type: string;
  /** The statement that it is about, also where it only names a prepared one; empty where there is none. */
  readonly text: string;
  /** As it came. */
  readonly bytes: Buffer;
}

// https://www.postgresql.org/docs/current/protocol-message-formats.html
const LENGTH_BYTES = 4;
const TYPE_BYTES = 1;
const PROTOCOL_VERSION_MAX = 0x00040000;

/** Cuts what a client sends into messages, and remembers what its statements and portals are called. */
export class FrontendMessages {
  readonly #statements = new Map<string, string>();
  readonly #portals = new Map<string, string>();
  #rest = Buffer.alloc(0);
  #started = false;

  /** @returns the messages that are complete with this chunk */
  push(chunk: Buffer): FrontendMessage[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: FrontendMessage[] = [];
    for (let next = this.#take(); next !== undefined; next = this.#take()) messages.push(next);
    return messages;
  }

  #take(): FrontendMessage | undefined {
    // Before the session has started, messages have no letter.
    const head = this.#started ? TYPE_BYTES : 0;
    if (this.#rest.length < head + LENGTH_BYTES) return undefined;
    const length = head + this.#rest.readInt32BE(head);
    if (this.#rest.length < length) return undefined;
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return this.#started ? this.#typed(bytes) : this.#untyped(bytes);
  }

  #untyped(bytes: Buffer): FrontendMessage {
    this.#started = bytes.readInt32BE(LENGTH_BYTES) < PROTOCOL_VERSION_MAX;
    return { type: this.#started ? 'startup' : 'request', text: '', bytes };
  }

  #typed(bytes: Buffer): FrontendMessage {
    const type = String.fromCharCode(bytes.readUInt8(0));
    const [first = '', second = ''] = strings(bytes.subarray(TYPE_BYTES + LENGTH_BYTES));
    return { type, text: this.#textOf(type, first, second), bytes };
  }

  #textOf(type: string, first: string, second: string): string {
    switch (type) {
      case 'Q':
        return first;
      case 'P':
        this.#statements.set(first, second);
        return second;
      case 'B':
        this.#portals.set(first, this.#statements.get(second) ?? '');
        return this.#portals.get(first) ?? '';
      case 'E':
        return this.#portals.get(first) ?? '';
      case 'D':
        return (isPortal(first) ? this.#portals : this.#statements).get(first.slice(1)) ?? '';
      default:
        return '';
    }
  }
}

/** Describe has the kind of thing, `P` or `S`, before its name. */
function isPortal(described: string): boolean {
  return described.startsWith('P');
}

/** The first two strings, each of which ends with a zero byte. */
function strings(body: Buffer): string[] {
  const end = body.indexOf(0);
  if (end < 0) return [];
  const after = body.indexOf(0, end + 1);
  return [body.toString('utf8', 0, end), body.toString('utf8', end + 1, Math.max(after, end + 1))];
}
