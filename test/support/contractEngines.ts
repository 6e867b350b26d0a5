import { openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables } from '../../simulator/memoryStorage/tables.ts';
import type { Engine } from '../contract/engine.ts';
import { createPostgresDatabase } from './contractPostgres.ts';
import { createSqliteDatabase } from './contractSqlite.ts';

/** Every engine, by the clock of the test. */
export const ENGINES: readonly Engine[] = [
  {
    name: 'memory',
    usesGivenClock: true,
    sharesDatabase: false,
    create: async ({ node, clock }) => {
      const tables = emptyTables(node);
      return {
        open: async () => openMemoryStorage({ tables, clock }),
        remove: async () => undefined,
      };
    },
  },
  { name: 'SQLite', usesGivenClock: true, sharesDatabase: true, create: createSqliteDatabase },
  {
    name: 'PostgreSQL',
    usesGivenClock: true,
    sharesDatabase: true,
    create: createPostgresDatabase,
  },
];
