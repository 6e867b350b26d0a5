import type { Audit } from './checks/audit.ts';
import type { Copies } from './checks/copies.ts';
import type { Lifetime, Scheduler } from './kernel/scheduler.ts';
import type { SeededRandom } from './kernel/seededRandom.ts';
import type { Seams } from './mutations/seams.ts';
import type { Network } from './network/network.ts';
import type { Profile } from './world/profile.ts';
import type { Requests } from './world/requests.ts';

/** What a run works with. */
export interface RunParts {
  readonly random: SeededRandom;
  readonly scheduler: Scheduler;
  readonly lifetime: Lifetime;
  readonly network: Network;
  readonly profile: Profile;
  readonly audit: Audit;
  readonly copies: Copies;
  readonly requests: Requests;
  /** Where a planted bug gets in, for each process anew. */
  readonly newSeams: () => Seams;
  readonly note: (text: string) => void;
  /** Ends the run: something was found wrong. */
  readonly fail: (error: unknown) => void;
  /** Looks at what is in the logs, and does the work; what either throws ends the run. */
  readonly guard: (work: () => void) => void;
}
