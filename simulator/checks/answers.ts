import type { EventType } from '../../src/domain/events.ts';
import type { Request } from '../world/requests.ts';
import type { Audit } from './audit.ts';
import { check } from './violation.ts';

/** What an accepted command must have left in the log: that many events of a type. */
function expected({ command, outcome }: Request): readonly [EventType, number] | null {
  if (outcome?.kind !== 'movement' && outcome?.kind !== 'reservation') return null;
  switch (command.type) {
    case 'reserve':
      // Where the location was left open the answer says what lines it has become.
      return [
        'reserve',
        (outcome.kind === 'reservation' ? outcome.reservation : command).lines.length,
      ];
    case 'receive':
    case 'return':
    case 'sell':
    case 'adjust':
    case 'count':
    case 'quarantine':
    case 'restore':
      return [command.type, 1];
    default:
      return null;
  }
}

/** What was answered is in the log, once; and what was refused is not. */
export function checkAnswer(request: Request, audit: Audit): void {
  const { id, site, command, outcome, isForgotten } = request;
  if (isForgotten || outcome === null) return;
  if (outcome.kind === 'refused') {
    const times = audit.timesCaused(site.node, id, command.type as EventType);
    check(times === 0, () => `${id}, a ${command.type}, was refused and is in the log`);
  }
  const found = expected(request);
  if (found === null) return;
  const [type, count] = found;
  const times = audit.timesCaused(site.node, id, type);
  check(
    times === count,
    () => `${id}, a ${command.type} at ${site.node}, was answered and is in the log ${times} times`,
  );
}
