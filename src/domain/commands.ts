import type { LocationContent, ProductContent } from './catalogue.ts';
import type { JsonObject } from './json.ts';
import type { Sourcing } from './sourcing/sourcing.ts';

/** What a client asks. Shapes and limits of fields were checked at the edge; the rules are checked by `decide`. */
export type Command =
  | MovementCommand
  | ReserveCommand
  | ConfirmCommand
  | CancelCommand
  | ExtendCommand
  | FulfilCommand
  | ExpireCommand
  | RedactCommand
  | DispatchCommand
  | ReceiveTransferCommand
  | CancelTransferCommand
  | PutProductCommand
  | DeleteProductCommand
  | PutLocationCommand
  | DeleteLocationCommand;

export type CommandType = Command['type'];

export const MOVEMENT_COMMANDS = [
  'receive',
  'adjust',
  'count',
  'sell',
  'return',
  'quarantine',
  'restore',
] as const;
export type MovementCommandType = (typeof MOVEMENT_COMMANDS)[number];

/** `quantity` is signed for `adjust`, absolute (of `onHand`) for `count`, else positive. */
export interface MovementCommand {
  readonly type: MovementCommandType;
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
  readonly reason?: string;
  readonly reference?: string;
  readonly expectedVersion?: number;
  readonly allowShortfall?: boolean;
  /** When it happened, as the client says, in milliseconds since 1970; informational. */
  readonly occurredAt?: number;
}

export interface Line {
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
}

/** `lines` are merged: no two name the same level. */
export interface ReserveCommand {
  readonly type: 'reserve';
  readonly reservationId: string;
  readonly lines: readonly Line[];
  /** Lines that leave the location open; absent where there are none. */
  readonly sourcing?: Sourcing;
  readonly ttlSeconds: number;
  readonly reference: string | null;
  readonly metadata: JsonObject | null;
  readonly occurredAt?: number;
}

export interface ConfirmCommand {
  readonly type: 'confirm';
  readonly reservationId: string;
  /** What is sold of each line; absent means all of all lines. */
  readonly lines?: readonly Line[];
  readonly occurredAt?: number;
}

export interface CancelCommand {
  readonly type: 'cancel';
  readonly reservationId: string;
  readonly occurredAt?: number;
}

export interface ExtendCommand {
  readonly type: 'extend';
  readonly reservationId: string;
  readonly ttlSeconds: number;
}

export interface FulfilCommand {
  readonly type: 'fulfil';
  readonly reservationId: string;
  /** Totals handed over so far; absent means everything. */
  readonly lines?: readonly Line[];
  readonly occurredAt?: number;
}

/** Asked by the ledger itself when a hold's time is over. */
export interface ExpireCommand {
  readonly type: 'expire';
  readonly reservationId: string;
}

/** Erases a reservation's reference and metadata. */
export interface RedactCommand {
  readonly type: 'redact';
  readonly reservationId: string;
}

export interface TransferLineContent {
  readonly sku: string;
  readonly quantity: number;
}

export interface DispatchCommand {
  readonly type: 'dispatch';
  /** May be the client's: it stands on the papers that go with the goods. */
  readonly transferId: string;
  readonly from: string;
  readonly to: string;
  readonly lines: readonly TransferLineContent[];
  readonly reference: string | null;
  readonly occurredAt?: number;
}

export interface ReceiveTransferCommand {
  readonly type: 'receiveTransfer';
  readonly transferId: string;
  /** Where the goods are; without it, where they were sent. Needed for what this node has not heard of. */
  readonly to?: string;
  /** Totals that arrived so far; absent means everything. */
  readonly lines?: readonly TransferLineContent[];
  /** Given, it closes the transfer: what differs from what was sent is booked as a discrepancy. */
  readonly reason?: string;
  readonly occurredAt?: number;
}

export interface CancelTransferCommand {
  readonly type: 'cancelTransfer';
  readonly transferId: string;
  readonly occurredAt?: number;
}

export interface PutProductCommand {
  readonly type: 'putProduct';
  readonly sku: string;
  readonly content: ProductContent;
}

export interface DeleteProductCommand {
  readonly type: 'deleteProduct';
  readonly sku: string;
  /** Only if that was asked for before, and the product was not wanted again since. */
  readonly ifAsked?: true;
}

export interface PutLocationCommand {
  readonly type: 'putLocation';
  readonly location: string;
  readonly content: LocationContent;
}

export interface DeleteLocationCommand {
  readonly type: 'deleteLocation';
  readonly location: string;
}
