import type { MovementDraft, MovementType } from '../domain/events.ts';
import { invariant } from '../domain/invariant.ts';

/** Between which accounts each type of movement goes. */
const PATHS: Readonly<Record<MovementType, readonly (readonly [from: string, to: string])[]>> = {
  receive: [['supplier', 'available']],
  adjust: [
    ['shrinkage', 'available'],
    ['available', 'shrinkage'],
  ],
  count: [
    ['shrinkage', 'available'],
    ['available', 'shrinkage'],
  ],
  sell: [['available', 'customer']],
  return: [['customer', 'available']],
  quarantine: [['available', 'unavailable']],
  restore: [['unavailable', 'available']],
  reserve: [['available', 'reserved']],
  confirm: [['reserved', 'committed']],
  release: [['reserved', 'available']],
  cancel: [
    ['reserved', 'available'],
    ['committed', 'available'],
  ],
  expire: [['reserved', 'available']],
  fulfil: [['committed', 'customer']],
  dispatch: [['available', 'transit']],
  arrive: [['transit', 'available']],
  recall: [['transit', 'available']],
  grant: [
    ['available', 'transit'],
    ['committed', 'transit'],
    ['unavailable', 'transit'],
  ],
  accept: [
    ['transit', 'available'],
    ['transit', 'committed'],
    ['transit', 'unavailable'],
  ],
  write_off: [['transit', 'shrinkage']],
  discrepancy: [
    ['shrinkage', 'available'],
    ['transit', 'shrinkage'],
    ['shrinkage', 'transit'],
  ],
};

/** @throws {InvariantError} when movements of this type never go between these accounts */
export function assertPath({ type, from, to }: MovementDraft): void {
  const paths = Object.hasOwn(PATHS, type) ? PATHS[type] : [];
  const isPath = paths.some(([start, end]) => start === from && end === to);
  invariant(isPath, () => `${type} never goes from ${from} to ${to}`);
}
