import { describeStorage } from '../contract/storageContract.ts';
import {
  createPostgresDatabase,
  createPostgresDatabaseWithItsClock,
} from '../support/contractPostgres.ts';

describeStorage({
  name: 'PostgreSQL',
  usesGivenClock: true,
  sharesDatabase: true,
  create: createPostgresDatabase,
});

describeStorage({
  name: 'PostgreSQL by its own clock',
  usesGivenClock: false,
  sharesDatabase: true,
  create: createPostgresDatabaseWithItsClock,
});
