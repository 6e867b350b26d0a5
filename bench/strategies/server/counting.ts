import { Connection } from 'pg';

/** What a process has asked its database since it started, with whatever client. */
export interface Traffic {
  /** Commands that the database was given, BEGIN and COMMIT included. */
  readonly statements: number;
  /** How often something was sent while no answer was under way: what is sent together is one. */
  readonly roundTrips: number;
}

const counts = { statements: 0, roundTrips: 0 };
const underWay = new WeakMap<Connection, number>();

/**
 * Counts on the wire, below pools and pipelines, so that it is the same for all. To be called once, before anything
 * connects.
 */
export function countTraffic(): void {
  const { sync, query } = Connection.prototype;
  Connection.prototype.sync = function (this: Connection) {
    note(this);
    sync.call(this);
  };
  Connection.prototype.query = function (this: Connection, text: string) {
    note(this);
    query.call(this, text);
  };
}

/** Round trips to another server than the database. */
export function countOtherRoundTrip(): void {
  counts.roundTrips += 1;
}

export function traffic(): Traffic {
  return { ...counts };
}

function note(connection: Connection): void {
  counts.statements += 1;
  const waiting = underWay.get(connection);
  if (waiting === undefined) watch(connection);
  if ((waiting ?? 0) === 0) counts.roundTrips += 1;
  underWay.set(connection, (waiting ?? 0) + 1);
}

/** First of all who listen: the client sends its next command as soon as it hears. */
function watch(connection: Connection): void {
  connection.prependListener('readyForQuery', () => {
    underWay.set(connection, Math.max((underWay.get(connection) ?? 0) - 1, 0));
  });
}
