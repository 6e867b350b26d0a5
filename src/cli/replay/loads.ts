import type { Command } from '../../domain/commands.ts';
import { type Booking, commandsOf, lineCount } from './commands.ts';
import type { Operation } from './operations.ts';
import type { LoadLimits } from './target.ts';

/** What is played at once: operations that follow each other. */
export interface Load {
  readonly operations: readonly PlannedOperation[];
  readonly commands: number;
  /** Milliseconds since 1970, of the first operation. */
  readonly time: number;
}

interface PlannedOperation {
  readonly operation: Operation;
  readonly commands: readonly Command[];
}

/** Puts operations together as far as the limits allow. Order is kept, and no operation is split. */
export async function* loadsOf(
  operations: AsyncIterable<Operation>,
  booking: Booking,
  limits: LoadLimits,
): AsyncGenerator<Load> {
  let load = new LoadInMaking();
  for await (const operation of operations) {
    const planned = { operation, commands: commandsOf(operation, booking) };
    if (!load.hasRoomFor(planned, limits)) {
      yield load;
      load = new LoadInMaking();
    }
    load.add(planned);
  }
  if (load.commands > 0) yield load;
}

class LoadInMaking implements Load {
  readonly operations: PlannedOperation[] = [];
  commands = 0;
  time = 0;
  #lines = 0;

  hasRoomFor({ operation, commands }: PlannedOperation, limits: LoadLimits): boolean {
    if (this.commands === 0) return true;
    return (
      this.commands + commands.length <= limits.commandsMax &&
      this.#lines + lineCount(operation) <= limits.linesMax &&
      (!limits.oneTime || operation.time === this.time)
    );
  }

  add(planned: PlannedOperation): void {
    if (this.commands === 0) this.time = planned.operation.time;
    this.operations.push(planned);
    this.commands += planned.commands.length;
    this.#lines += lineCount(planned.operation);
  }
}
