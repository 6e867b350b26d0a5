import { connected } from './postgres/testDatabase.ts';

// The clock of PostgreSQL cannot be set. A function of the same name, in a schema that is looked through first, takes
// its place for every session that begins afterwards.
const SHADOW = `
  CREATE SCHEMA test_clock;
  CREATE TABLE test_clock.shift (by interval NOT NULL);
  INSERT INTO test_clock.shift VALUES ('0');
  CREATE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + by FROM test_clock.shift';
  DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = public, test_clock, pg_catalog', current_database());
  END $$;
`;

/** Puts a clock into the database that can be set. To be done before anybody else connects. */
export async function shadowClock(url: string): Promise<void> {
  await connected(url, (client) => client.query(SHADOW));
}

/** @param by how far the clock is off, as an interval of PostgreSQL, such as `-1 hour` */
export async function shiftClock(url: string, by: string): Promise<void> {
  await connected(url, (client) =>
    client.query('UPDATE test_clock.shift SET by = $1::interval', [by]),
  );
}
