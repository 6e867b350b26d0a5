import type { LoggedEvent, Movement } from '../../src/domain/events.ts';
import { isMovement } from '../../src/domain/events.ts';
import { levelKey } from '../../src/domain/stock.ts';
import { check } from './violation.ts';

/** Units that one node has passed to another, and what became of them, by the logs of both. */
interface GrantFact {
  readonly sku: string;
  readonly location: string;
  readonly units: number;
  isAccepted: boolean;
  /** The log of the sender has lost it, and has not put it back. */
  isLost: boolean;
}

type Grant = LoggedEvent & Movement;

/** All grants between all nodes. No unit arrives that was not sent, and none arrives twice. */
export class GrantBook {
  /** By sender, receiver and position. After a restore the sender may use a position again. */
  readonly #facts = new Map<string, GrantFact[]>();
  readonly #inFlight = new Map<string, number>();

  /** Units of the level that were sent and have not arrived. */
  inFlight(sku: string, location: string): number {
    return this.#inFlight.get(levelKey(sku, location)) ?? 0;
  }

  granted(sender: string, grant: Grant): void {
    const { sku, location, quantity: units, details, position } = grant;
    const receiver = details?.peer ?? '';
    if (details?.replayOf !== undefined) {
      const lost = this.#of(sender, receiver, details.replayOf).filter(isLostOf(grant));
      // Of two that are alike the receiver tells of the one that it has.
      const fact = lost.find(({ isAccepted }) => isAccepted) ?? lost[0];
      if (fact) fact.isLost = false;
      return;
    }
    const fact = { sku, location, units, isAccepted: false, isLost: false };
    this.#of(sender, receiver, position).push(fact);
    this.#fly(fact, units);
  }

  accepted(receiver: string, accept: Grant): void {
    const { sku, quantity: units, details } = accept;
    const sender = details?.peer ?? '';
    const position = details?.grant ?? 0;
    const waiting = this.#of(sender, receiver, position).filter(
      (one) => !one.isAccepted && isOf(accept, one),
    );
    // A sender that has lost a grant and sends the like from the same position speaks of the latter.
    const fact = waiting.find(({ isLost }) => !isLost) ?? waiting[0];
    check(
      fact !== undefined,
      () =>
        `${receiver} takes in ${units} of ${sku} from ${sender}'s position ${position}, which were not sent or have arrived before`,
    );
    fact.isAccepted = true;
    if (!fact.isLost) this.#fly(fact, -fact.units);
  }

  /**
   * A copy of a node passes units on. The peer may take them in; then the node has lost them, and finds that in its
   * reconciliation.
   */
  grantedByCopy(node: string, grant: Grant): void {
    const { sku, location, quantity: units, details, position } = grant;
    const fact = { sku, location, units, isAccepted: false, isLost: true };
    this.#of(node, details?.peer ?? '', position).push(fact);
  }

  /** The end of a node's log is lost. */
  lost(node: string, events: readonly LoggedEvent[]): void {
    for (const event of events) {
      if (!isMovement(event)) continue;
      if (event.type === 'grant') this.#unsend(node, event);
      if (event.type === 'accept') this.#unaccept(node, event);
    }
  }

  /** What was lost before is there again: the node goes on from a backup that still has it. */
  regained(node: string, events: readonly LoggedEvent[]): void {
    for (const event of events) {
      if (!isMovement(event)) continue;
      if (event.type === 'grant') this.#resend(node, event);
      if (event.type === 'accept') this.accepted(node, event);
    }
  }

  /** What is still wrong when everything has come to rest. */
  *findings(): Iterable<string> {
    for (const [key, facts] of this.#facts) {
      for (const { isAccepted, isLost, sku, location, units } of facts) {
        if (isAccepted === !isLost) continue;
        const what = isAccepted ? 'arrived and are not in the log of the sender' : 'never arrived';
        if (!isAccepted && isLost) continue;
        yield `${units} of ${sku} at ${location} (${key.replaceAll('\u0000', ' ')}) ${what}`;
      }
    }
  }

  #unsend(sender: string, grant: Grant): void {
    const { details, position } = grant;
    const at = details?.replayOf ?? position;
    const facts = this.#of(sender, details?.peer ?? '', at);
    const fact = facts.findLast((one) => !one.isLost && isOf(grant, one));
    if (!fact) return;
    fact.isLost = true;
    if (!fact.isAccepted) this.#fly(fact, -fact.units);
  }

  #resend(sender: string, grant: Grant): void {
    const { details, position } = grant;
    const at = details?.replayOf ?? position;
    const fact = this.#of(sender, details?.peer ?? '', at).find(isLostOf(grant));
    if (!fact) return;
    fact.isLost = false;
    if (!fact.isAccepted) this.#fly(fact, fact.units);
  }

  #unaccept(receiver: string, accept: Grant): void {
    const { details } = accept;
    const facts = this.#of(details?.peer ?? '', receiver, details?.grant ?? 0);
    const fact = facts.findLast((one) => one.isAccepted && isOf(accept, one));
    if (!fact) return;
    fact.isAccepted = false;
    if (!fact.isLost) this.#fly(fact, fact.units);
  }

  #fly({ sku, location }: GrantFact, units: number): void {
    const key = levelKey(sku, location);
    this.#inFlight.set(key, (this.#inFlight.get(key) ?? 0) + units);
  }

  #of(sender: string, receiver: string, position: number): GrantFact[] {
    const key = `${sender}\u0000${receiver}\u0000${position}`;
    const facts = this.#facts.get(key) ?? [];
    this.#facts.set(key, facts);
    return facts;
  }
}

/** Whether a movement is of the units that a grant has passed on. */
function isOf({ sku, location, quantity }: Movement, fact: GrantFact): boolean {
  return fact.sku === sku && fact.location === location && fact.units === quantity;
}

function isLostOf(grant: Movement): (fact: GrantFact) => boolean {
  return (fact) => fact.isLost && isOf(grant, fact);
}
