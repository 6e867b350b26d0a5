import { referenceOf } from './commands.ts';
import type { Identity } from './identity.ts';
import type { InvoiceOperation, Operation } from './operations.ts';
import type { Tally } from './tally.ts';
import type { Booked, ReplayTarget } from './target.ts';

/** Reservations that are looked up at once while a run catches up with an earlier one. */
const LOOK_UPS_AT_ONCE = 256;

/**
 * Passes on what is still to be played, and counts what an earlier run has booked.
 *
 * States: `catching up` (an earlier run booked something, and all that was read so far is its work), `playing` (the
 * first invoice was found that is not booked). Operations are played in order, so no invoice after that one is booked;
 * and were it, its reservation id would make the ledger accept it without booking it again. Movements are always held
 * against the references of the log.
 */
export async function* unplayed(
  operations: AsyncIterable<Operation>,
  target: ReplayTarget,
  earlier: EarlierRun,
  tally: Tally,
): AsyncGenerator<Operation> {
  let catchingUp = earlier.movements.size > 0;
  let read: Operation[] = [];
  for await (const operation of operations) {
    tally.expect(operation);
    read.push(operation);
    if (catchingUp && read.length < LOOK_UPS_AT_ONCE) continue;
    const left = await leaveOutBooked(read, target, earlier, tally, catchingUp);
    catchingUp &&= !left.some(({ kind }) => kind === 'invoice');
    read = [];
    yield* left;
  }
  yield* await leaveOutBooked(read, target, earlier, tally, catchingUp);
}

export interface EarlierRun {
  readonly identity: Identity;
  /** Units by reference, of this file's movements in the log. */
  readonly movements: ReadonlyMap<string, number>;
}

/** Reads from the log what was booked for this file by earlier runs. */
export async function findEarlierRun(
  target: ReplayTarget,
  location: string,
  identity: Identity,
): Promise<EarlierRun> {
  const movements = new Map<string, number>();
  for await (const { reference, units } of target.movements(location)) {
    if (identity.owns(reference)) movements.set(reference, units);
  }
  return { identity, movements };
}

async function leaveOutBooked(
  operations: readonly Operation[],
  target: ReplayTarget,
  earlier: EarlierRun,
  tally: Tally,
  catchingUp: boolean,
): Promise<Operation[]> {
  const booked = await Promise.all(
    operations.map((operation) =>
      operation.kind !== 'invoice'
        ? bookedMovement(operation, earlier)
        : catchingUp
          ? bookedInvoice(operation, target, earlier)
          : undefined,
    ),
  );
  return operations.filter((operation, index) => {
    const known = booked[index];
    if (known) tally.takeKnown(operation, known);
    return !known;
  });
}

function bookedMovement(
  operation: Exclude<Operation, InvoiceOperation>,
  { identity, movements }: EarlierRun,
): Booked | undefined {
  const units = movements.get(referenceOf(operation, identity));
  return units === undefined ? undefined : { lines: 1, units };
}

function bookedInvoice(
  { invoice, time }: InvoiceOperation,
  target: ReplayTarget,
  { identity }: EarlierRun,
): Promise<Booked | undefined> {
  return target.fulfilled(identity.reservationId(invoice, time));
}
