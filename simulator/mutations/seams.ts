import type { SharingLedger } from '../../src/ledger/ledger.ts';
import type { Clock } from '../../src/ledger/ports.ts';
import type { LedgerStore } from '../../src/ledger/store.ts';
import type { Hash } from '../../src/nodes/digest.ts';
import type { Incarnation } from '../../src/nodes/incarnation.ts';
import type { Codec } from '../../src/nodes/messages.ts';
import type { QueryStore } from '../../src/queries/store.ts';
import type { TurnTaker } from '../memoryStorage/turns.ts';
import type { Disk } from '../nodes/disk.ts';
import type { Profile } from '../world/profile.ts';

/**
 * Where the parts of a process meet, and a bug can be planted between them. What is left out stays as it is. Each
 * process has seams of its own.
 */
export interface Seams {
  /** @param disk what the database is on */
  store?(store: LedgerStore, disk: Disk): LedgerStore;
  ledger?(ledger: SharingLedger, disk: Disk): SharingLedger;
  queries?(queries: QueryStore): QueryStore;
  codec?(codec: Codec): Codec;
  hash?(hash: Hash): Hash;
  incarnation?(incarnation: Incarnation): Incarnation;
  /** @param machine what the machine's clock shows */
  clock?(steady: Clock, machine: Clock): Clock;
  lock?(lock: TurnTaker): TurnTaker;
}

export const NO_SEAMS: Seams = {};

/** A bug that the simulator must find. */
export interface Mutation {
  /** What the mutated node does. */
  readonly name: string;
  /** Makes it for one process. */
  readonly plant: () => Seams;
  /** What a run must have for the bug to show; drawn by the seed where it is left out. */
  readonly profile?: Partial<Profile>;
}
