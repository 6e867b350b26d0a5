import { openMemoryStorage } from '../../simulator/memoryStorage/open.ts';
import { emptyTables } from '../../simulator/memoryStorage/tables.ts';
import { describeStorage } from '../contract/storageContract.ts';

describeStorage({
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
});
