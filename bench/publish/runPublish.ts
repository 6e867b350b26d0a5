import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { streamNameOf } from '../../src/publish/nats/names.ts';
import { hasNatsServer, type NatsServer, startNats } from '../../test/support/nats/server.ts';
import { NodeProcess } from '../nodes/nodeProcess.ts';
import { percentile } from '../statistics.ts';
import { renderTable } from '../table.ts';
import { Arrivals, readNats, readStream } from './arrivals.ts';

const NODE = 'bench';
const LOCATION = 'north';
const SKU = 'MUG';
const SALES = 300;
const BATCH_COMMANDS = 5_000;
/** How often the stream is looked at: what looks all the time slows down what it looks at. */
const LOOK_MS = 10;

/** One line of the result. */
interface Row {
  readonly what: string;
  readonly seen: string;
}

/**
 * Measures a node on SQLite that publishes its log to a server of NATS, each a process of its own, over loopback.
 * @param events that are waiting when the server of NATS comes back
 * @returns lines to print
 */
export async function runPublish(folder: string, events: number): Promise<string[]> {
  if (!hasNatsServer()) return ['This machine has no nats-server.'];
  const nats = await startNats();
  const flags = ['--database', `sqlite:${path.join(folder, 'publish.db')}`, '--publish', nats.url];
  const node = await NodeProcess.start(folder, NODE, flags);
  try {
    await open(node);
    const columns = [
      { heading: 'measured', cell: ({ what }: Row) => what, isText: true },
      { heading: 'seen', cell: ({ seen }: Row) => seen },
    ];
    const rows = [...(await measureLag(node, nats)), ...(await measureCatchUp(node, nats, events))];
    return renderTable(columns, rows);
  } finally {
    await node.stop();
    await nats.close();
  }
}

async function open(node: NodeProcess): Promise<void> {
  await node.ask('PUT', `/v1/locations/${LOCATION}`, { name: LOCATION, kind: 'store' });
  await node.ask('PUT', `/v1/products/${SKU}`, { name: SKU });
  const stock = { type: 'receive', sku: SKU, location: LOCATION, quantity: 100_000_000 };
  await node.ask('POST', '/v1/movements', stock);
}

function sell(node: NodeProcess): Promise<{ readonly position: number }> {
  const sale = { type: 'sell', sku: SKU, location: LOCATION, quantity: 1 };
  return node.ask('POST', '/v1/movements', sale);
}

/** A sale from its request until a reader has it: over NATS, and beside it as a server-sent event. */
async function measureLag(node: NodeProcess, nats: NatsServer): Promise<Row[]> {
  const { position: before } = await sell(node);
  await published(nats, before);
  const [overNats, asEvent] = [new Arrivals(), new Arrivals()];
  const ends = [
    await readNats(nats.url, streamNameOf(NODE), overNats),
    readStream(node.url, before, asEvent),
  ];
  const [answered, natsMs, eventMs]: [number[], number[], number[]] = [[], [], []];
  for (let position = before + 1; position <= before + SALES; position += 1) {
    const startedAt = performance.now();
    const [overNatsAt, asEventAt] = await Promise.all([
      overNats.of(position),
      asEvent.of(position),
      sell(node).then(() => answered.push(performance.now() - startedAt)),
    ]);
    natsMs.push(overNatsAt - startedAt);
    eventMs.push(asEventAt - startedAt);
  }
  for (const end of ends) await end();
  return [
    { what: 'a sale, from its request until it is answered', seen: spread(answered) },
    { what: '... until a reader has it over NATS', seen: spread(natsMs) },
    { what: '... until a reader has it as a server-sent event', seen: spread(eventMs) },
  ];
}

/** NATS is away while events are written, and comes back; meanwhile one till goes on selling. */
async function measureCatchUp(node: NodeProcess, nats: NatsServer, events: number): Promise<Row[]> {
  await nats.kill();
  await write(node, events);
  const { position: head } = await sell(node);
  await nats.start();
  const first = await published(nats, head - events);
  const startedAt = performance.now();
  const sales: number[] = [];
  let isOver = false;
  const selling = (async () => {
    while (!isOver) {
      const soldAt = performance.now();
      await sell(node);
      sales.push(performance.now() - soldAt);
    }
  })();
  await published(nats, head);
  const seconds = (performance.now() - startedAt) / 1_000;
  isOver = true;
  await selling;
  const rate = Math.round((head - first) / seconds).toLocaleString('en');
  return [
    { what: `events a second, with ${events.toLocaleString('en')} waiting`, seen: `${rate}/s` },
    { what: 'a sale meanwhile, until it is answered', seen: spread(sales) },
  ];
}

async function write(node: NodeProcess, events: number): Promise<void> {
  for (let done = 0; done < events; done += BATCH_COMMANDS) {
    const commands = Array.from({ length: Math.min(BATCH_COMMANDS, events - done) }, () => ({
      type: 'sell',
      sku: SKU,
      location: LOCATION,
      quantity: 1,
    }));
    await node.ask('POST', '/v1/batch', { commands });
  }
}

/** Waits until the stream has more than that, or all of it. @returns how far it has come */
async function published(nats: NatsServer, position: number): Promise<number> {
  const connection = await connect({ servers: nats.url });
  const jsm = await jetstreamManager(connection);
  let last = 0;
  while (last < position) {
    last = await lastOf(jsm);
    await setTimeout(LOOK_MS);
  }
  await connection.close();
  return last;
}

async function lastOf(jsm: JetStreamManager): Promise<number> {
  return jsm.streams.info(streamNameOf(NODE)).then(
    ({ state }) => state.last_seq,
    () => 0,
  );
}

/** Of how long each took, in milliseconds. */
function spread(taken: readonly number[]): string {
  const sorted = [...taken].sort((one, other) => one - other);
  const at = (fraction: number) => percentile(sorted, fraction).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}
