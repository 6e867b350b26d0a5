import type { Site } from '../nodes/site.ts';
import { check } from './violation.ts';

interface Copied {
  /** The newest session when they became several: all of them know it. */
  readonly session: number;
  /** The first of them that was let in since there are several. */
  chosen: Site | null;
}

/** Of several databases of one node only one is ever let in, until an operator has decided. */
export class Copies {
  readonly #copied = new Map<string, Copied>();
  readonly #met = new Set<string>();

  /** From now on there are several. */
  begin(node: string, session: number): void {
    this.#copied.set(node, { session, chosen: null });
  }

  /** No hub has ever met several databases of one node. */
  get isUnused(): boolean {
    return this.#met.size === 0;
  }

  /** Whether the hub has met any of several databases of the node. */
  wasLetIn(node: string): boolean {
    return this.#met.has(node);
  }

  /** An operator has chosen. */
  settle(node: string): void {
    const copied = this.#copied.get(node);
    if (copied) this.begin(node, copied.session);
  }

  /** A database of the node has opened a session. */
  letIn(site: Site, session: number): void {
    const copied = this.#copied.get(site.node);
    if (!copied || session <= copied.session) return;
    this.#met.add(site.node);
    copied.chosen ??= site;
    check(copied.chosen === site, () => `two databases of ${site.node} take turns`);
  }
}
