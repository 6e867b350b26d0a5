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

  /** From now on there are several. */
  begin(node: string, session: number): void {
    this.#copied.set(node, { session, chosen: null });
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
    copied.chosen ??= site;
    check(copied.chosen === site, () => `two databases of ${site.node} take turns`);
  }
}
