import type { Appended, Broker, Entry, StreamEnd } from '../../src/publish/broker.ts';

/**
 * A stream in memory that keeps the promises of the port, for what depends on time. How NATS keeps them is shown with
 * real servers.
 */
export class MemoryStream {
  readonly kept: Entry[] = [];
  looks = 0;
  attempts = 0;
  /** Answers nothing but this, as long as it is set. */
  fault: Error | null = null;

  /** One publisher's way to it. */
  broker(): Broker {
    return {
      end: async () => this.#end(),
      append: async (entries) => this.#append(entries),
      onLost: () => undefined,
      close: async () => undefined,
    };
  }

  #end(): StreamEnd {
    this.looks += 1;
    if (this.fault !== null) throw this.fault;
    const last = this.kept.at(-1);
    const position = this.kept.length;
    return { position, newest: last === undefined ? null : { position, digest: last.digest } };
  }

  #append(entries: readonly Entry[]): Appended {
    this.attempts += 1;
    if (this.fault !== null) throw this.fault;
    let count = 0;
    for (const entry of entries) {
      if (entry.event.position !== this.kept.length + 1) break;
      this.kept.push(entry);
      count += 1;
    }
    return { count, wasOvertaken: count < entries.length };
  }
}
