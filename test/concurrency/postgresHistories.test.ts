import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../support/api.ts';
import { linearization, type Observation } from '../support/linearizable.ts';
import { EMPTY_MODEL, type ModelCommand, type ModelState, step } from '../support/model.ts';
import { modelCommand } from '../support/modelCommands.ts';
import { asRequest, asResult, type ModelNames } from '../support/modelHttp.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';
import { Servers } from '../support/postgresServers.ts';
import { Workshop } from '../support/processes.ts';
import { seededRandom } from '../support/virtualTime.ts';

const SERVERS = 4;
const HISTORIES = 150;
const SKUS = ['apple', 'pear'];
/** Of each SKU at the beginning of a history. */
const UNITS = 2;

const STOCKED = SKUS.reduce<ModelState>(
  (state, sku) => step(state, { op: 'receive', sku, quantity: UNITS })[0],
  EMPTY_MODEL,
);

const { fraction } = seededRandom(20261120);
let workshop: Workshop;
let database: PostgresDatabase;
let servers: Servers;
beforeAll(async () => {
  workshop = new Workshop();
  database = await createTestDatabase();
  servers = new Servers(workshop, database.url, fraction);
  await servers.start(SERVERS);
  for (const sku of SKUS) await put(`/v1/products/${sku}`, { name: sku });
}, 60_000);
afterAll(async () => {
  await servers.stop();
  await database.drop();
  await workshop.close();
});

async function put(path: string, body: unknown): Promise<void> {
  expect((await ask(servers.url(), path, { method: 'PUT', body })).status).toBeLessThan(300);
}

/** Each history has a location and reservations of its own. */
function newNames(history: number): ModelNames {
  return {
    location: `place-${history}`,
    sku: (sku) => sku,
    id: (id) => `01999999-0000-7000-8000-${history}${id.slice(1)}`.padEnd(36, '0'),
  };
}

async function stocked(names: ModelNames): Promise<void> {
  await put(`/v1/locations/${names.location}`, { name: names.location, kind: 'store' });
  for (const sku of SKUS) await run({ op: 'receive', sku, quantity: UNITS }, names, '');
}

async function run(command: ModelCommand, names: ModelNames, salt: string): Promise<string> {
  const { path, body } = asRequest(command, names, salt);
  const { status, answer } = await servers.command(path, body);
  return asResult(status, answer);
}

/** One client after another asks any server; what was sent before another answer came counts as concurrent. */
async function record(
  scripts: readonly (readonly ModelCommand[])[],
  names: ModelNames,
): Promise<readonly Observation[]> {
  const history: Observation[] = [];
  let moment = 0;
  const next = (): number => {
    moment += 1;
    return moment;
  };
  const clients = scripts.map(async (script, client) => {
    for (const [n, command] of script.entries()) {
      const sentAt = next();
      const result = await run(command, names, `${client}.${n}`);
      history.push({ command, sentAt, answeredAt: next(), result });
    }
  });
  await Promise.all(clients);
  return history;
}

async function shelves({ location }: ModelNames): Promise<ModelState['shelves']> {
  const entries = await Promise.all(
    SKUS.map(async (sku) => {
      const { body } = await ask(servers.url(), `/v1/stock/${sku}/${location}`);
      const { available, reserved, committed } = body;
      return [sku, { available, reserved, committed }] as const;
    }),
  );
  return Object.fromEntries(entries) as ModelState['shelves'];
}

const scripts = fc.array(fc.array(modelCommand, { minLength: 1, maxLength: 4 }), {
  minLength: 2,
  maxLength: 5,
});

describe('concurrent clients of four servers', () => {
  it('see what one clerk would have done, one command after another', async () => {
    let histories = 0;
    await fc.assert(
      fc.asyncProperty(scripts, async (scripts) => {
        histories += 1;
        const names = newNames(histories);
        await stocked(names);
        const history = await record(scripts, names);
        const end = await shelves(names);
        const order = linearization(
          history,
          (model) => JSON.stringify(model.shelves) === JSON.stringify(end),
          STOCKED,
        );
        expect(order, JSON.stringify({ history, end }, null, 1)).not.toBeNull();
      }),
      { numRuns: HISTORIES },
    );
    expect(await workshop.run(['verify', '--database', database.url])).toMatchObject({ code: 0 });
  }, 180_000);
});
