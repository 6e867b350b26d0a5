import { DatabaseRefusedError } from '../refused.ts';

/** What may stand after the question mark of an address; null where any value may. */
const KNOWN: ReadonlyMap<string, readonly string[] | null> = new Map([
  ['pgbouncer', ['true', 'false']],
  ['sslmode', ['disable', 'prefer', 'require', 'verify-ca', 'verify-full']],
  ['sslrootcert', null],
  ['sslcert', null],
  ['sslkey', null],
  ['host', null],
  ['port', null],
  ['user', null],
  ['password', null],
  ['options', null],
]);

/**
 * Reads what stands after the question mark. The driver takes parameters that it does not know for settings of its own,
 * so a mistyped one would do nothing, and others would undo what this program relies on: by `application_name` a reset
 * finds those who have the database open.
 * @throws {DatabaseRefusedError} quoting names, and values only where these are a choice
 */
export function readParameters(query: string): URLSearchParams {
  const parameters = new URLSearchParams(query);
  for (const [name, value] of parameters) refuseUnknown(name, value);
  return parameters;
}

function refuseUnknown(name: string, value: string): void {
  const values = KNOWN.get(name);
  if (values === undefined) {
    const known = [...KNOWN.keys()].join(', ');
    throw new DatabaseRefusedError(`there is no parameter "${name}"; expected one of ${known}`);
  }
  if (values === null || values.includes(value)) return;
  throw new DatabaseRefusedError(`${name} is "${value}"; expected one of ${values.join(', ')}`);
}
