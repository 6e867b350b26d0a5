import type { Randomness } from '../../src/ledger/ports.ts';
import type { Appended, Broker, Entry, StreamEnd } from '../../src/publish/broker.ts';

/** What one publisher has sent is held up by this many turns at most before it is looked at. */
const TURNS_MAX = 4;

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
  readonly #random: Pick<Randomness, 'fraction'>;

  /** @param random in what order that arrives which several publishers have sent at once */
  constructor(random: Pick<Randomness, 'fraction'>) {
    this.#random = random;
  }

  /** One publisher's way to it. */
  broker(): Broker {
    return {
      end: async () => this.#end(),
      append: (entries) => this.#append(entries),
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

  /** As a real one, it looks at each entry by itself: one that was refused does not keep out those behind it. */
  async #append(entries: readonly Entry[]): Promise<Appended> {
    this.attempts += 1;
    if (this.fault !== null) throw this.fault;
    const isKept: boolean[] = [];
    for (const entry of entries) {
      for (let turn = this.#random.fraction() * TURNS_MAX; turn > 1; turn -= 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      const follows = entry.event.position === this.kept.length + 1;
      if (follows) this.kept.push(entry);
      isKept.push(follows);
    }
    const failed = isKept.indexOf(false);
    return { count: failed < 0 ? entries.length : failed, wasOvertaken: failed >= 0 };
  }
}
