const LENGTH_BYTES = 4;
const TYPE_BYTES = 1;
const READY_FOR_QUERY = 'Z'.charCodeAt(0);

/** Counts in what PostgreSQL sends how often it said that it is ready for more: once for each Sync and simple query. */
export class AnswerCount {
  #rest = Buffer.alloc(0);
  #ready = 0;

  get ready(): number {
    return this.#ready;
  }

  push(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let length = this.#length(); length <= this.#rest.length; length = this.#length()) {
      if (this.#rest.readUInt8(0) === READY_FOR_QUERY) this.#ready += 1;
      this.#rest = this.#rest.subarray(length);
    }
  }

  /** Of the next message; more than there is when not even that has come. */
  #length(): number {
    if (this.#rest.length < TYPE_BYTES + LENGTH_BYTES) return Number.POSITIVE_INFINITY;
    return TYPE_BYTES + this.#rest.readInt32BE(TYPE_BYTES);
  }
}
