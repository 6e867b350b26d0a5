import { createFeed } from '../../src/feed/createFeed.ts';
import { check } from '../checks/violation.ts';
import { processTimers } from '../kernel/machineTime.ts';
import type { Server } from './server.ts';

/** Somebody who follows the log of a node, and goes on after each break where he was. */
export class LogReader {
  /** Every event up to here has come, once and in order. */
  #position = 0;

  get position(): number {
    return this.#position;
  }

  /** The log ends before what was read of it, or goes on differently. */
  goBack(position: number): void {
    this.#position = Math.min(this.#position, position);
  }

  /** Ends with the process, or by an error. */
  async follow({ insides }: Server): Promise<void> {
    const { lifetime, ledger, queries, parts } = insides;
    const { machine, random, disk, name } = parts;
    const timers = processTimers(lifetime, machine, random.fork());
    const feed = createFeed({ store: queries, ledger, timers, stopwatch: machine });
    const { signal } = new AbortController();
    for await (const item of feed.follow({ after: this.#position, signal })) {
      if (item.kind !== 'events') continue;
      for (const event of item.events) {
        const isNext = event.position === this.#position + 1;
        const isThere = disk.tables.events[this.#position] === event;
        check(isNext && isThere, () => `${name}: ${event.position} comes after ${this.#position}`);
        this.#position = event.position;
      }
    }
  }
}
