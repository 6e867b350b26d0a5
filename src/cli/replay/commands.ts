import type { LocationContent, ProductContent } from '../../domain/catalogue.ts';
import type { Command, MovementCommand } from '../../domain/commands.ts';
import { REASON_CODE_POINTS_MAX, TTL_SECONDS_DEFAULT } from '../../domain/limits.ts';
import type { Identity } from './identity.ts';
import type { InvoiceOperation, Operation } from './operations.ts';
import { plainText } from './text.ts';

const OPENING_REASON = 'opening stock, invented: the data file has no goods-in';

/** How the operations of one file are booked. */
export interface Booking {
  readonly location: string;
  readonly identity: Identity;
  /** Whether commands say when it happened; where the ledger's clock is driven, its time says it. */
  readonly dated: boolean;
}

/** An invoice becomes a reservation that is confirmed and fulfilled at once; every other operation is one movement. */
export function commandsOf(operation: Operation, booking: Booking): readonly Command[] {
  const commands =
    operation.kind === 'invoice'
      ? saleCommands(operation, booking)
      : [movementCommand(operation, booking)];
  if (!booking.dated) return commands;
  return commands.map((command) => ({ ...command, occurredAt: operation.time }));
}

/** Lines that a call of `play` carries for the operation. */
export function lineCount(operation: Operation): number {
  return operation.kind === 'invoice' ? operation.units.size : 1;
}

function saleCommands(operation: InvoiceOperation, booking: Booking): readonly Command[] {
  const { invoice, time, units } = operation;
  const { location, identity } = booking;
  const reservationId = identity.reservationId(invoice, time);
  const lines = Array.from(units, ([sku, quantity]) => ({ sku, location, quantity }));
  const ttlSeconds = TTL_SECONDS_DEFAULT;
  return [
    { type: 'reserve', reservationId, lines, ttlSeconds, reference: invoice, metadata: null },
    { type: 'confirm', reservationId },
    { type: 'fulfil', reservationId },
  ];
}

function movementCommand(operation: SingleOperation, booking: Booking): MovementCommand {
  const { kind, code: sku, quantity } = operation;
  const { location, identity } = booking;
  const reference = referenceOf(operation, identity);
  const reason = plainText(reasonOf(operation), REASON_CODE_POINTS_MAX);
  const signed = kind === 'writeOff' ? -quantity : quantity;
  return { type: MOVEMENT_OF[kind], sku, location, quantity: signed, reason, reference };
}

type SingleOperation = Exclude<Operation, InvoiceOperation>;

const MOVEMENT_OF = {
  opening: 'receive',
  return: 'return',
  writeOff: 'adjust',
  find: 'adjust',
} as const;

/** By what the log knows the operation again. */
export function referenceOf(operation: SingleOperation, identity: Identity): string {
  return operation.kind === 'opening'
    ? identity.openingReference(operation.code)
    : identity.reference(operation.line);
}

function reasonOf(operation: SingleOperation): string {
  if (operation.kind === 'opening') return OPENING_REASON;
  if (operation.kind === 'return') return `cancellation ${operation.invoice}`;
  const what = operation.kind === 'find' ? 'found' : 'written off';
  return `${what}: ${operation.description || 'no reason given'}`;
}

/** The location is labelled as invented, and says which file is played there. */
export function locationContent(digest: string): LocationContent {
  return {
    name: 'Online Retail warehouse (invented)',
    kind: 'warehouse',
    attributes: {
      dataset: digest,
      invented: 'The data file names no location and no goods-in: this one and its opening stock.',
      timeZone: 'The data file names none; its times are taken as UTC.',
    },
  };
}

export function productContent(name: string): ProductContent {
  return { name, description: null, category: null, attributes: null };
}
