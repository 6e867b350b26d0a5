import type { Link } from '../domain/links/link.ts';
import type { QueryStore } from './store.ts';

const EVENTS_PER_READ = 1_000;

/**
 * Since when nodes are given up for lost: from then on they own nothing. That is in the log alone, which is looked
 * through once for each such node, and only when somebody asks about the past.
 */
export class Retirements {
  readonly #store: Pick<QueryStore, 'events' | 'head'>;
  readonly #found = new Map<string, Promise<number>>();

  constructor(store: Pick<QueryStore, 'events' | 'head'>) {
    this.#store = store;
  }

  /** Names of the nodes that were retired when the log had reached `position`. */
  async by(links: readonly Link[], position: number): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (const link of links) {
      if (link.status === 'retired' && (await this.#positionOf(link)) <= position) {
        names.add(link.peer);
      }
    }
    return names;
  }

  #positionOf(link: Link): Promise<number> {
    const known = this.#found.get(link.peer) ?? this.#find(link);
    this.#found.set(link.peer, known);
    known.catch(() => this.#found.delete(link.peer));
    return known;
  }

  async #find({ peer, location }: Link): Promise<number> {
    const { position: head } = await this.#store.head();
    for (let after = 0; after < head; ) {
      const page = { after, location, types: ['node_retired'], limit: EVENTS_PER_READ } as const;
      const { events, scanned } = await this.#store.events(page);
      const retired = events.find(({ details }) => details?.peer === peer);
      if (retired) return retired.position;
      after = scanned;
    }
    return head;
  }
}
