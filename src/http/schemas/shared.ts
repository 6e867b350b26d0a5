import { Batch, BatchCommand, BatchOutcomes } from './batch.ts';
import { Location, LocationContent, Product, ProductContent, ProductRemoval } from './catalogue.ts';
import { Event } from './event.ts';
import { NewMovement } from './movement.ts';
import { Node } from './node.ts';
import { Problem } from './problem.ts';
import {
  Cancellation,
  Confirmation,
  Extension,
  Fulfilment,
  NewReservation,
  Reservation,
} from './reservation.ts';
import { Availability, Demand, Explanation, StockLevel } from './stock.ts';
import { NewTransfer, Receipt, Transfer, TransferCancellation } from './transfer.ts';

/** The schemas with a name: the components of the OpenAPI document. */
export const SHARED_SCHEMAS = [
  Problem,
  Product,
  ProductContent,
  ProductRemoval,
  Location,
  LocationContent,
  Event,
  NewMovement,
  StockLevel,
  Availability,
  Demand,
  Explanation,
  Node,
  Reservation,
  NewReservation,
  Confirmation,
  Cancellation,
  Extension,
  Fulfilment,
  Transfer,
  NewTransfer,
  Receipt,
  TransferCancellation,
  BatchCommand,
  Batch,
  BatchOutcomes,
];
