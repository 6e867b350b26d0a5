import type { Outcome } from '../ledger/outcome.ts';
import { buildProblem } from './problem.ts';
import { problemKind } from './problemCodes.ts';
import { refusalFacts } from './refusalProblem.ts';
import { locationJson, productJson } from './views/catalogue.ts';
import { eventJson } from './views/event.ts';
import { nodeJson } from './views/node.ts';
import { reservationJson } from './views/reservation.ts';
import { transferJson } from './views/transfer.ts';

/** What can be answered with a status of its own; refusals and reused keys are problems. */
export type Accepted = Exclude<Outcome, { kind: 'refused' | 'keyReused' }>;

/** The details of `idempotency_key_reused`. */
export const KEY_REUSED = {
  code: 'idempotency_key_reused',
  detail: 'The idempotency key was used before for another request.',
} as const;

export function statusOf(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'refused':
      return problemKind(outcome.refusal.code).status;
    case 'keyReused':
      return problemKind('idempotency_key_reused').status;
    case 'movement':
      return 201;
    case 'removed':
      return 204;
    case 'removing':
      return 202;
    case 'link':
      return 200;
    default:
      return outcome.created ? 201 : 200;
  }
}

/** What was made or changed, as clients see it; undefined for something that is gone. */
export function bodyOf(outcome: Accepted, node: string): unknown {
  switch (outcome.kind) {
    case 'movement':
      return eventJson(outcome.event, node);
    case 'reservation':
      return reservationJson(outcome.reservation, node);
    case 'transfer':
      return transferJson(outcome.transfer);
    case 'product':
      return productJson(outcome.product);
    case 'location':
      return locationJson(outcome.location, node);
    case 'removed':
      return undefined;
    case 'removing':
      return { status: 'removing', waitsFor: outcome.waitsFor };
    case 'link':
      return outcome.link && nodeJson(outcome.link);
  }
}

/** The body of any outcome: of a refusal, its problem. */
export function anyBodyOf(outcome: Outcome, node: string, requestId: string): unknown {
  if (outcome.kind === 'refused') return buildProblem(refusalFacts(outcome.refusal), requestId);
  if (outcome.kind === 'keyReused') return buildProblem(KEY_REUSED, requestId);
  return bodyOf(outcome, node);
}

/** Where a new thing is found from now on; undefined for what was there before, or has no place of its own. */
export function placeOf(outcome: Accepted): string | undefined {
  if (!('created' in outcome) || !outcome.created) return undefined;
  switch (outcome.kind) {
    case 'reservation':
      return `/v1/reservations/${outcome.reservation.id}`;
    case 'transfer':
      return `/v1/transfers/${outcome.transfer.id}`;
    case 'product':
      return `/v1/products/${encodeURIComponent(outcome.product.sku)}`;
    case 'location':
      return `/v1/locations/${encodeURIComponent(outcome.location.location)}`;
  }
}
