import type { CommandType } from './commands.ts';
import type { Refusal, RefusalCode } from './refusals.ts';

const EXISTING_RESERVATION = ['reservation_elsewhere', 'reservation_not_found'] as const;
const KNOWN_LEVEL = ['product_not_found', 'location_not_found'] as const;
const LEVEL_IN_HAND = [...KNOWN_LEVEL, 'custody_elsewhere'] as const;

/**
 * Which refusals each command can meet, in their order of precedence: where several rules are broken, the first of
 * the list is answered. `decide` checks in this order, the tests and the reference page are made from it.
 */
export const REFUSAL_PRECEDENCE = {
  receive: [...LEVEL_IN_HAND, 'version_mismatch', 'balance_too_large'],
  return: [...LEVEL_IN_HAND, 'version_mismatch', 'balance_too_large'],
  adjust: [...LEVEL_IN_HAND, 'version_mismatch', 'insufficient_stock', 'balance_too_large'],
  count: [...LEVEL_IN_HAND, 'version_mismatch', 'count_below_promised'],
  sell: [...LEVEL_IN_HAND, 'node_fenced', 'version_mismatch', 'insufficient_stock'],
  quarantine: [...LEVEL_IN_HAND, 'version_mismatch', 'insufficient_stock'],
  restore: [...LEVEL_IN_HAND, 'version_mismatch', 'insufficient_unavailable'],
  reserve: ['reservation_id_taken', ...KNOWN_LEVEL, 'node_fenced', 'insufficient_stock'],
  confirm: [
    ...EXISTING_RESERVATION,
    'reservation_expired',
    'reservation_cancelled',
    'line_not_in_reservation',
    'confirm_differs',
    'line_exceeds_hold',
  ],
  cancel: [
    ...EXISTING_RESERVATION,
    'reservation_expired',
    'reservation_fulfilled',
    'goods_elsewhere',
  ],
  extend: [
    ...EXISTING_RESERVATION,
    'reservation_expired',
    'reservation_cancelled',
    'reservation_confirmed',
    'reservation_fulfilled',
    'hold_life_exceeded',
  ],
  fulfil: [
    ...EXISTING_RESERVATION,
    'reservation_expired',
    'reservation_cancelled',
    'reservation_not_confirmed',
    'line_not_in_reservation',
    'reservation_fulfilled',
    'line_exceeds_confirmed',
    'goods_elsewhere',
  ],
  expire: [...EXISTING_RESERVATION, 'reservation_not_due'],
  redact: [...EXISTING_RESERVATION],
  dispatch: ['transfer_id_taken', ...LEVEL_IN_HAND, 'node_fenced', 'insufficient_stock'],
  receiveTransfer: [
    'transfer_not_found',
    'transfer_elsewhere',
    ...LEVEL_IN_HAND,
    'transfer_cancelled',
    'line_not_in_transfer',
    'transfer_received',
    'receipt_exceeds_transfer',
    'balance_too_large',
  ],
  cancelTransfer: [
    'transfer_not_found',
    'transfer_unmatched',
    'custody_elsewhere',
    'transfer_received',
    'balance_too_large',
  ],
  putProduct: ['catalogue_elsewhere'],
  deleteProduct: ['product_not_found', 'catalogue_elsewhere', 'product_has_stock'],
  putLocation: ['catalogue_elsewhere'],
  deleteLocation: [
    'location_not_found',
    'catalogue_elsewhere',
    'custody_elsewhere',
    'location_has_stock',
  ],
} as const satisfies { readonly [T in CommandType]: readonly RefusalCode[] };

/** Which refusals what a node asks of itself for its links can meet, in order of precedence. */
export const LINK_REFUSALS = [
  'node_not_found',
  'location_not_found',
  'node_exists',
  'node_retired',
  'session_closed',
  'cursor_mismatch',
] as const satisfies readonly RefusalCode[];

export type LinkRefusal = Extract<Refusal, { code: (typeof LINK_REFUSALS)[number] }>;

/** The refusals that a command of type `T` can meet. */
export type RefusalOf<T extends CommandType> = Extract<
  Refusal,
  { code: (typeof REFUSAL_PRECEDENCE)[T][number] }
>;
