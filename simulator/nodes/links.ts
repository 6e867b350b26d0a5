import type { Ledger } from '../../src/ledger/ledger.ts';
import { withBorrowing } from '../../src/nodes/borrowing.ts';
import { jsonCodec } from '../../src/nodes/http/codec.ts';
import { createHub } from '../../src/nodes/hub.ts';
import type { NodeObserver, NodeParts } from '../../src/nodes/parts.ts';
import { createSessionParts, type SessionParts } from '../../src/nodes/sessionParts.ts';
import { StopwatchBreaker } from '../../src/nodes/stopwatchBreaker.ts';
import { createStore } from '../../src/nodes/store.ts';
import { processTimers } from '../kernel/machineTime.ts';
import type { Network } from '../network/network.ts';
import { isDefect, type Server, seededIds, sha256 } from './server.ts';

/** How long a buyer waits for other nodes. */
const BORROW_WAIT_MS = 250;

/** How long a peer that did not answer is left alone. */
const SILENCE_MS = 2_000;

export interface LinkOptions {
  readonly network: Network;
  readonly role: 'hub' | 'store';
  /** What the shop was given to be introduced with. */
  readonly enrolment: string | null;
  /** The shop's way to the hub. */
  readonly wire: string;
  /** How often a shop's planner looks what is to be moved. */
  readonly balanceMs: number;
  readonly note: (text: string) => void;
  /** A session was opened. */
  readonly onSession: (peer: string, session: number) => void;
}

/** Starts what a process has to do with other nodes. @returns the ledger that clients talk to */
export async function startLinks(server: Server, options: LinkOptions): Promise<Ledger> {
  const { role, balanceMs } = options;
  const parts = nodeParts(server, options);
  const session = createSessionParts(parts, role === 'store' ? { balanceMs } : null);
  await session.log.start();
  if (role === 'hub') await listen(server, session, options);
  else await call(server, session, options);
  const breaker = new StopwatchBreaker(parts.stopwatch, SILENCE_MS);
  return withBorrowing({ ...session, breaker, waitMs: BORROW_WAIT_MS });
}

async function listen(
  server: Server,
  parts: SessionParts,
  { network }: LinkOptions,
): Promise<void> {
  const hub = await createHub(parts);
  network.listen({
    lifetime: server.lifetime,
    authenticate: (node, secret) => hub.authenticate(node, secret),
    accept: (node, connection) => hub.accept(node, connection),
  });
}

async function call(server: Server, parts: SessionParts, options: LinkOptions): Promise<void> {
  const { network, wire, enrolment } = options;
  const dialer = {
    dial: (secret: string) => network.dial(wire, parts.node, secret, server.lifetime),
  };
  await createStore({ ...parts, dialer, enrolment });
}

function nodeParts({ insides }: Server, { note, onSession }: LinkOptions): NodeParts {
  const { lifetime, ledger, queries, incarnation, parts } = insides;
  const { machine, random, seams, disk, onDefect } = parts;
  const ids = seededIds(machine, random.fork());
  return {
    ledger,
    store: seams.queries?.(queries) ?? queries,
    node: disk.tables.node,
    hash: seams.hash?.(sha256) ?? sha256,
    codec: seams.codec?.(jsonCodec) ?? jsonCodec,
    timers: processTimers(lifetime, machine, random.fork()),
    stopwatch: machine,
    random: random.fork(),
    newId: ids,
    incarnation,
    onForeignCommit: (listener) => disk.announcements.listen(lifetime, listener),
    observer: linkObserver(parts.name, note, onSession, onDefect),
  };
}

function linkObserver(
  name: string,
  note: (text: string) => void,
  onSession: (peer: string, session: number) => void,
  onDefect: (error: unknown) => void,
): NodeObserver {
  const nothing = () => undefined;
  return {
    connected: (peer, session) => {
      note(`${name}: session ${session} with ${peer} begins`);
      onSession(peer, session);
    },
    disconnected: (peer, reason) => note(`${name}: connection with ${peer} ends: ${reason}`),
    refused: (peer, reason) => note(`${name}: ${peer} is refused: ${reason}`),
    received: nothing,
    sent: nothing,
    asked: nothing,
    failed: (peer, error) => {
      note(`${name}: trouble with ${peer}: ${error instanceof Error ? error.message : error}`);
      if (isDefect(error)) onDefect(error);
    },
  };
}
