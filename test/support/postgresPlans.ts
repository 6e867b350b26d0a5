import type { Client } from 'pg';
import { texts } from '../../src/storage/postgres/arrays.ts';
import type { Statement, Value } from '../../src/storage/postgres/statement.ts';

/** A statement as it was sent, with parameters that it was sent with. */
export interface Sent {
  readonly text: string;
  readonly values: readonly Value[];
}

/** Notes what is sent through it; each statement once. */
export class Recorder {
  readonly sent = new Map<string, Sent>();

  note({ name, text }: Statement<unknown>, values: readonly Value[] = []): void {
    if (/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/.test(text))
      this.sent.set(name, { text, values });
  }
}

/**
 * How the server would go about a statement.
 * @param kind `generic` for the plan that a connection keeps for any parameters, `custom` for one made for these
 */
export async function planOf(
  client: Client,
  { text, values }: Sent,
  kind: 'generic' | 'custom',
): Promise<string> {
  await client.query(`SET plan_cache_mode = force_${kind}_plan`);
  await client.query(`PREPARE planned AS ${text}`);
  const literals = values.map((value) => literal(client, value)).join(', ');
  const execute = `EXECUTE planned${literals === '' ? '' : `(${literals})`}`;
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS OFF) ${execute}`);
  await client.query('DEALLOCATE planned');
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

function literal(client: Client, value: Value): string {
  if (value === null) return 'NULL';
  if (!Array.isArray(value)) return client.escapeLiteral(String(value));
  return client.escapeLiteral(texts(value.map((item) => (item === null ? null : String(item)))));
}
