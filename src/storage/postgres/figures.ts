import type { StorageFigure } from '../storage.ts';
import type { Announcements } from './announcements.ts';
import type { ReadPool } from './connection.ts';
import type { Replica } from './replica.ts';

export interface FigureSources {
  /** All connections for reads of the database itself. */
  readonly pools: readonly ReadPool[];
  readonly announcements: Announcements;
  readonly replica: Replica | undefined;
}

/** What an operator cannot see from the outside: who is connected, and where lists come from. */
export function figuresOf({
  pools,
  announcements,
  replica,
}: FigureSources): readonly StorageFigure[] {
  const sum = (read: (pool: ReadPool) => number) => () =>
    pools.reduce((total, pool) => total + read(pool), 0);
  return [
    {
      name: 'database_read_connections',
      help: 'Connections to the database that are open for reads',
      read: sum(({ size }) => size),
    },
    {
      name: 'database_reads_waiting',
      help: 'Reads that wait for a connection to the database',
      read: sum(({ waiting }) => waiting),
    },
    {
      name: 'news_connected',
      help: 'Whether news goes to and comes from other servers: 1 or 0; absent where none is wanted',
      read: () => asNumber(announcements.connected),
    },
    ...(replica ? replicaFigures(replica) : []),
  ];
}

function replicaFigures(replica: Replica): readonly StorageFigure[] {
  return [
    {
      name: 'replica_used',
      help: 'Whether lists are read from the replica: 1 or 0',
      read: () => asNumber(replica.isFit),
    },
    {
      name: 'replica_age_seconds',
      help: 'How old lists from the replica may be; absent while it is not used',
      read: () => (replica.isFit ? replica.ageMs / 1_000 : undefined),
    },
  ];
}

function asNumber(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
