import { describeStorage } from '../contract/storageContract.ts';
import { createSqliteDatabase } from '../support/contractSqlite.ts';

describeStorage({
  name: 'SQLite',
  usesGivenClock: true,
  sharesDatabase: true,
  create: createSqliteDatabase,
});
