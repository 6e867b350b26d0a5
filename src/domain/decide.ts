import {
  decideDeleteLocation,
  decideDeleteProduct,
  decidePutLocation,
  decidePutProduct,
} from './catalogueCommands.ts';
import type { Command } from './commands.ts';
import type { Decision } from './decision.ts';
import { decideMovement } from './movements.ts';
import { decideReceiveTransfer } from './receiveTransfer.ts';
import {
  decideCancel,
  decideConfirm,
  decideExpire,
  decideExtend,
  decideFulfil,
  decideRedact,
} from './reservationCommands.ts';
import { decideReserve } from './reserve.ts';
import type { Borrowable } from './sourcing/source.ts';
import type { Rules, State } from './state.ts';
import { decideCancelTransfer, decideDispatch } from './transferCommands.ts';

/** What the rules look at besides the state and the command. */
export interface Circumstances {
  /** Milliseconds since 1970, on the ledger's clock. */
  readonly now: number;
  readonly actor: string;
  readonly rules: Rules;
  /** How many units of other nodes a line that leaves the location open may count on; none unless given. */
  readonly borrowable?: Borrowable;
}

const BORROWS_NOTHING: Borrowable = () => 0;

/** The rules: what follows from a command in a state. Pure. */
export function decide(state: State, command: Command, at: Circumstances): Decision {
  switch (command.type) {
    case 'reserve':
      return decideReserve(state, command, at.now, at.actor, at.borrowable ?? BORROWS_NOTHING);
    case 'confirm':
      return decideConfirm(state, command, at.now);
    case 'cancel':
      return decideCancel(state, command, at.now);
    case 'extend':
      return decideExtend(state, command, at.now, at.rules);
    case 'fulfil':
      return decideFulfil(state, command, at.now);
    case 'expire':
      return decideExpire(state, command, at.now);
    case 'redact':
      return decideRedact(state, command);
    case 'dispatch':
      return decideDispatch(state, command);
    case 'receiveTransfer':
      return decideReceiveTransfer(state, command);
    case 'cancelTransfer':
      return decideCancelTransfer(state, command);
    case 'putProduct':
      return decidePutProduct(state, command);
    case 'deleteProduct':
      return decideDeleteProduct(state, command);
    case 'putLocation':
      return decidePutLocation(state, command);
    case 'deleteLocation':
      return decideDeleteLocation(state, command);
    default:
      return decideMovement(state, command);
  }
}
