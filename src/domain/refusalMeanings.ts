import type { RefusalCode } from './refusals.ts';

export interface RefusalMeaning {
  /** The broken rule, as a sentence without data. */
  readonly rule: string;
  /** Whether the same request, sent again later as a new command, may be accepted. */
  readonly retryable: boolean;
}

/** What each refusal means. The reference page is made from this list. */
export const REFUSALS: { readonly [C in RefusalCode]: RefusalMeaning } = {
  reservation_id_taken: {
    rule: 'The reservation id belongs to a reservation with other content or of another actor.',
    retryable: false,
  },
  product_not_found: { rule: 'The product must be in the catalogue.', retryable: false },
  location_not_found: { rule: 'The location must be in the catalogue.', retryable: false },
  version_mismatch: {
    rule: 'The stock level must still have the expected version.',
    retryable: false,
  },
  count_below_promised: {
    rule: 'A count must cover what is reserved, committed and unavailable, unless a shortfall is allowed.',
    retryable: true,
  },
  insufficient_stock: {
    rule: 'Every line needs enough available stock.',
    retryable: true,
  },
  insufficient_unavailable: {
    rule: 'No more can be restored than is unavailable.',
    retryable: true,
  },
  balance_too_large: {
    rule: 'A balance may not pass 9007199254740991 units.',
    retryable: false,
  },
  custody_elsewhere: {
    rule: 'Goods are received, counted, sold and handed over by the node that has them.',
    retryable: false,
  },
  node_fenced: {
    rule: 'A node promises nothing while it is not certain what it owns.',
    retryable: true,
  },
  catalogue_elsewhere: { rule: 'The catalogue is written by the hub.', retryable: false },
  reservation_elsewhere: {
    rule: 'A reservation is changed at the node that made it.',
    retryable: false,
  },
  goods_elsewhere: {
    rule: 'What was passed to the node that has the goods is handed over, or given back, there.',
    retryable: true,
  },
  node_not_found: { rule: 'The node must have been added.', retryable: false },
  node_exists: {
    rule: 'A name is given to one node, and a location to one node.',
    retryable: false,
  },
  node_retired: { rule: 'A node that was retired does not come back.', retryable: false },
  session_closed: { rule: 'A newer session of the link has begun.', retryable: false },
  cursor_mismatch: { rule: 'Entries follow the last one that was applied.', retryable: false },
  reservation_not_found: { rule: 'The reservation must exist.', retryable: false },
  reservation_expired: { rule: 'The hold must not have expired.', retryable: false },
  reservation_cancelled: { rule: 'The reservation must not be cancelled.', retryable: false },
  reservation_not_confirmed: {
    rule: 'A reservation is confirmed before it is fulfilled.',
    retryable: true,
  },
  reservation_confirmed: {
    rule: 'Only a held reservation can be extended, and this one is confirmed.',
    retryable: false,
  },
  reservation_fulfilled: {
    rule: 'A reservation that was handed over cannot be changed any more.',
    retryable: false,
  },
  reservation_not_due: { rule: 'A hold expires when its time is over.', retryable: true },
  line_not_in_reservation: {
    rule: 'Every line must be a line of the reservation.',
    retryable: false,
  },
  confirm_differs: {
    rule: 'A confirmed reservation can be confirmed again only in the same way.',
    retryable: false,
  },
  line_exceeds_hold: { rule: 'No line may be more than what is held.', retryable: false },
  line_exceeds_confirmed: {
    rule: 'No more can be handed over than was confirmed.',
    retryable: false,
  },
  hold_life_exceeded: {
    rule: 'A hold may not live longer in all than the configured limit.',
    retryable: false,
  },
  transfer_id_taken: {
    rule: 'The transfer id belongs to a transfer with other content.',
    retryable: false,
  },
  transfer_not_found: { rule: 'The transfer must exist.', retryable: false },
  transfer_elsewhere: { rule: 'Goods are received where they were sent.', retryable: false },
  transfer_unmatched: {
    rule: 'Only a transfer of which the dispatch is known can be cancelled.',
    retryable: true,
  },
  transfer_cancelled: { rule: 'The transfer must not be cancelled.', retryable: false },
  transfer_received: { rule: 'The transfer must not be completed.', retryable: false },
  line_not_in_transfer: { rule: 'Every line must be a line of the transfer.', retryable: false },
  receipt_exceeds_transfer: {
    rule: 'More than was dispatched can be received only with a reason.',
    retryable: false,
  },
  product_has_stock: {
    rule: 'A product can be removed only when it has no stock anywhere.',
    retryable: true,
  },
  location_has_stock: {
    rule: 'A location can be removed only when it has no stock.',
    retryable: true,
  },
};
