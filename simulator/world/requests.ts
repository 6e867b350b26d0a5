import type { Command } from '../../src/domain/commands.ts';
import { DrainingError, OverloadedError } from '../../src/ledger/errors.ts';
import { AbandonedError, type Answer, type Work } from '../../src/ledger/ledger.ts';
import type { Outcome } from '../../src/ledger/outcome.ts';
import type { Lifetime } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';
import { isStoreTrouble } from '../nodes/server.ts';
import type { Site } from '../nodes/site.ts';

/** What somebody asked of a node. It is asked again, under the same key, until it is answered. */
export interface Request {
  /** Also the request id in the log, and the idempotency key. */
  readonly id: string;
  readonly site: Site;
  readonly command: Command;
  readonly actor: string;
  /** Null until it is answered. */
  outcome: Outcome | null;
  /** The node has lost its log since it was answered. */
  isForgotten: boolean;
}

/** How long a client waits for an answer before it asks again. */
export const PATIENCE_MS = 3_000;
const RETRY_MS = 300;
/** How often a client asks twice for no reason. */
const DOUBLE = 0.05;

/** All clients of all nodes. */
export class Requests {
  readonly #lifetime: Lifetime;
  readonly #random: SeededRandom;
  readonly #onDefect: (error: unknown) => void;
  readonly #onAnswer: (request: Request) => void;
  readonly all = new Map<string, Request>();
  #open = 0;

  constructor(
    lifetime: Lifetime,
    random: SeededRandom,
    onDefect: (error: unknown) => void,
    onAnswer: (request: Request) => void,
  ) {
    this.#lifetime = lifetime;
    this.#random = random;
    this.#onDefect = onDefect;
    this.#onAnswer = onAnswer;
  }

  /** Requests that are not answered yet. */
  get open(): number {
    return this.#open;
  }

  /** @returns null when the node was taken out of service before it answered */
  async ask(site: Site, actor: string, command: Command): Promise<Outcome | null> {
    const id = `q${this.all.size + 1}`;
    const request: Request = { id, site, command, actor, outcome: null, isForgotten: false };
    this.all.set(id, request);
    this.#open += 1;
    while (request.outcome === null && !site.isGone) {
      await this.#tryOnce(request);
      if (request.outcome === null) await this.#lifetime.pause(this.#random.around(RETRY_MS));
    }
    this.#open -= 1;
    return request.outcome;
  }

  /** The node has lost what it did, or a part of it. */
  forget(site: Site): void {
    for (const request of this.all.values()) {
      if (request.site === site) request.isForgotten = true;
    }
  }

  /** Asks any process of the node, and waits for the answer for a while. */
  async #tryOnce(request: Request): Promise<void> {
    const open = request.site.open;
    if (open.length === 0) return;
    const copies = this.#random.chance(DOUBLE) ? 2 : 1;
    await new Promise<void>((resolve) => {
      const timer = this.#lifetime.after(PATIENCE_MS, resolve);
      const done = () => {
        timer.cancel();
        resolve();
      };
      for (let copy = 0; copy < copies; copy++) {
        const ledger = this.#random.pick(open);
        void ledger.submit(workOf(request)).then(
          (answer) => {
            this.#take(request, answer);
            done();
          },
          (error: unknown) => {
            if (!isTrouble(error)) this.#onDefect(error);
            done();
          },
        );
      }
    });
  }

  #take(request: Request, answer: Answer): void {
    const outcome = answer.kind === 'done' ? answer.items[0]?.outcome : undefined;
    if (outcome === undefined) {
      this.#onDefect(new Error(`${request.id} was answered with ${answer.kind}`));
      return;
    }
    const before = request.outcome;
    request.outcome ??= outcome;
    if (before === null) this.#onAnswer(request);
    else if (!request.isForgotten && before.kind !== outcome.kind) {
      this.#onDefect(new Error(`${request.id} was answered ${before.kind}, then ${outcome.kind}`));
    }
  }
}

function workOf({ id, actor, command }: Request): Work {
  const key = { key: id, fingerprint: JSON.stringify(command) };
  return { actor, requestId: id, items: [{ command }], key };
}

/** What a client is told that shall ask again. */
export function isTrouble(error: unknown): boolean {
  return (
    isStoreTrouble(error) ||
    error instanceof OverloadedError ||
    error instanceof DrainingError ||
    error instanceof AbandonedError
  );
}
