import { learnReplies } from '../server/learnReplies.ts';
import { ServerProcess } from '../server/serverProcess.ts';
import { TWIN_PREFIX } from '../server/twins.ts';
import type { Contender, HoldfastTask, Place, Running, StrategyTask } from './contender.ts';
import { reserve } from './loads.ts';
import { type Shelves, skuOf } from './shelves.ts';
import { stockStrategy } from './stockStrategy.ts';

const STRATEGY_SERVER = new URL('./server/strategy.process.ts', import.meta.url);
export const HOLDFAST_SERVER = new URL('./server/holdfast.process.ts', import.meta.url);

/** How many connections a strategy does best with; 4, 10, 16 and 20 were tried with each. */
const POOL_SIZE = 16;
/** The more of them read one version, the more of them lose. */
const VERSION_POOL_SIZE = 10;
/** Nobody waits for another one's unit. */
const UNIT_POOL_SIZE = 20;

interface Answer extends Pick<Contender, 'name' | 'title' | 'label'> {
  readonly strategy: StrategyTask['strategy'];
  readonly poolSize?: number;
  readonly retriesMax?: number;
}

/** In the order of the tables. */
export const CONTENDERS: readonly Contender[] = [
  strategy({
    name: 'version-3',
    title: 'version column, 3 retries',
    label: 'version column,\n3 retries',
    strategy: 'versionColumn',
    poolSize: VERSION_POOL_SIZE,
    retriesMax: 3,
  }),
  strategy({
    name: 'version',
    title: 'version column, retries until it succeeds',
    label: 'version column,\nretries until held',
    strategy: 'versionColumn',
    poolSize: VERSION_POOL_SIZE,
  }),
  strategy({
    name: 'redis',
    title: 'Redis lock and version column',
    label: 'Redis lock,\nversion column',
    strategy: 'redisLock',
  }),
  strategy({
    name: 'for-update',
    title: 'SELECT ... FOR UPDATE',
    label: 'SELECT ...\nFOR UPDATE',
    strategy: 'forUpdate',
  }),
  strategy({
    name: 'conditional',
    title: 'one conditional statement',
    label: 'one conditional\nstatement',
    strategy: 'conditional',
  }),
  strategy({
    name: 'skip-locked',
    title: 'one row per unit, SKIP LOCKED',
    label: 'one row per unit,\nSKIP LOCKED',
    strategy: 'skipLocked',
    poolSize: UNIT_POOL_SIZE,
  }),
  holdfast({ name: 'holdfast', title: 'Holdfast', label: 'Holdfast' }),
];

/** What bounds all of them: the same requests, checks and answers, and a handler that does nothing. */
export const LIKE_EMPTY: Contender = {
  name: 'like',
  title: 'like empty POST',
  label: 'like empty\nPOST',
  needsRedis: false,
  start: startTwin,
};

function strategy({ name, title, label, ...answer }: Answer): Contender {
  const needsRedis = answer.strategy === 'redisLock';
  const start = (place: Place, shelves: Shelves) => startStrategy(answer, place, shelves);
  return { name, title, label, needsRedis, start };
}

async function startStrategy(
  answer: Omit<Answer, keyof Contender>,
  { database, redis, folder }: Place,
  shelves: Shelves,
): Promise<Running> {
  await stockStrategy(database, shelves, answer.strategy === 'skipLocked');
  const task: StrategyTask = {
    poolSize: POOL_SIZE,
    ...answer,
    database,
    ...(redis !== null && { redis }),
  };
  const args = [JSON.stringify(task)];
  const server = await ServerProcess.start({ script: STRATEGY_SERVER, args, folder });
  return { server, pathPrefix: '', database, close: () => server.stop() };
}

function holdfast(names: Pick<Contender, 'name' | 'title' | 'label'>): Contender {
  return { ...names, needsRedis: false, start: startHoldfast };
}

async function startHoldfast({ database, folder }: Place, shelves: Shelves): Promise<Running> {
  const task: HoldfastTask = { flags: { database }, shelves };
  const args = [JSON.stringify(task)];
  const server = await ServerProcess.start({ script: HOLDFAST_SERVER, args, folder });
  return { server, pathPrefix: '', database, close: () => server.stop() };
}

async function startTwin(place: Place, shelves: Shelves): Promise<Running> {
  const running = await startHoldfast(place, shelves);
  const { server } = running;
  await server.learn(await learnReplies(server.url, reserve([skuOf(0, 0)])));
  return { ...running, pathPrefix: TWIN_PREFIX, database: null };
}
