import { hash } from 'node:crypto';
import { CommandError } from '../cli/exitCodes.ts';
import { isNatsAddress } from '../config/addresses.ts';
import type { Config } from '../config/settings.ts';
import { isMovement, type LoggedEvent } from '../domain/events.ts';
import type { Link } from '../domain/links/link.ts';
import type { NodeStatus } from '../http/parts.ts';
import type { Ledger, SharingLedger } from '../ledger/ledger.ts';
import { withBorrowing } from '../nodes/borrowing.ts';
import { fenceUnproven } from '../nodes/fences.ts';
import { LinkAcceptor } from '../nodes/http/acceptor.ts';
import { jsonCodec } from '../nodes/http/codec.ts';
import { createDialer } from '../nodes/http/dialer.ts';
import type { NatsAcceptor } from '../nodes/nats/acceptor.ts';
import type { NodeObserver, NodeParts } from '../nodes/parts.ts';
import { createSessionParts, type SessionParts } from '../nodes/sessionParts.ts';
import { type Dialer, DialRefusedError } from '../nodes/transport.ts';
import type { Logger } from '../observability/logger.ts';
import type { LinkFigure, NodeMetrics } from '../observability/nodeMetrics.ts';
import type { Storage } from '../storage/storage.ts';
import { createLinkBreaker } from './linkBreaker.ts';
import { HubEnds, ShopEnds } from './linkEnds.ts';
import { watchLink } from './linkProblem.ts';
import { createNatsLinkLog } from './natsLinkLog.ts';
import { acceptOverNats, type NatsLinkSettings, natsDialer } from './natsLinks.ts';
import { createNodeLog } from './nodeLog.ts';
import type { Runtime } from './runtime.ts';

export interface NodesRequest {
  readonly runtime: Runtime;
  readonly config: Pick<Config, 'hub' | 'token' | 'borrowWaitMs' | 'balanceMs' | 'nats'> &
    NatsLinkSettings;
  readonly storage: Storage;
  readonly ledger: SharingLedger;
  readonly newId: () => string;
  readonly logger: Logger;
  /** Counts what happens on links. */
  readonly metrics: NodeMetrics;
}

/** What this process has to do with other nodes. */
export interface RunningNodes {
  /** The ledger for clients: it asks other nodes before it refuses for want of stock. */
  readonly ledger: Ledger;
  /** Takes the links of shops; null in a shop. */
  readonly acceptor: LinkAcceptor | null;
  status(peer: string): NodeStatus | undefined;
  figures(): Promise<readonly LinkFigure[]>;
  /** Of a hub that takes links over NATS: whether it is at its servers now. Undefined for others. */
  isAtBroker(): boolean | undefined;
  /** What somebody should look at, though the server takes requests: a node sells on without any other. */
  warnings(): readonly string[];
  /** To be called when nobody asks any more, and before the ledger is closed. */
  close(): Promise<void>;
}

/**
 * Makes a server the node of a shop, if its database has a link to a hub or the settings name one, and otherwise a hub.
 * A shop calls its hub from now on, and does not wait for it.
 * @throws {CommandError} when settings and database do not fit together
 */
export async function startNodes(request: NodesRequest): Promise<RunningNodes> {
  const { config, storage, metrics } = request;
  const links = await storage.queries.links();
  const isShop = checkRole(config, links);
  const breaker = createLinkBreaker();
  const watch = watchLink(createNodeLog(request.logger, metrics));
  const parts = nodeParts(request, watch.observer, (peer) => breaker.reset(peer));
  await fenceUnproven(parts);
  const { balanceMs, borrowWaitMs: waitMs } = config;
  const session = createSessionParts(parts, isShop ? { balanceMs } : null);
  session.log.onGrowth((events) => countMoves(events, metrics));
  const ends = createEnds(session, config, isShop);
  if (isShop || links.length > 0) await ends.start();
  const overNats = ends instanceof HubEnds ? takeNatsLinks(request, ends) : undefined;
  const ledger = startingAtNeed(request.ledger, () => ends.start());
  return {
    ledger: waitMs === 0 ? request.ledger : withBorrowing({ ...session, ledger, breaker, waitMs }),
    acceptor: ends instanceof HubEnds ? new LinkAcceptor(ends) : null,
    status: (peer) => ends.status(peer),
    figures: async () => figuresOf(await storage.queries.links(), ends),
    isAtBroker: () => overNats && overNats.problem === null,
    warnings: () => warningsOf(isShop ? watch.problem() : overNats?.problem),
    async close() {
      await overNats?.close();
      await ends.close();
    },
  };
}

/** What was passed on at rest, in either direction. */
function countMoves(events: readonly LoggedEvent[], { moved }: NodeMetrics): void {
  for (const event of events) {
    const { peer, reason } = event.details ?? {};
    if (!isMovement(event) || peer === undefined || reason === undefined) continue;
    if (event.type === 'grant') moved(peer, 'given', event.quantity);
    if (event.type === 'accept') moved(peer, 'taken', event.quantity);
  }
}

function figuresOf(
  links: readonly Link[],
  ends: { status(peer: string): NodeStatus | undefined },
): readonly LinkFigure[] {
  return links
    .filter(({ status }) => status === 'active')
    .map(({ peer }) => ({ peer, connected: ends.status(peer)?.connected ?? false }));
}

export const NOT_JOINED =
  'this node has not joined its hub yet; add --token with what `holdfast nodes add` has printed there';

/** @returns whether this is a shop's node */
function checkRole({ hub, nats, token }: NodesRequest['config'], links: readonly Link[]): boolean {
  const toHub = links.find(({ peerRole }) => peerRole === 'hub');
  if (nats !== null && toHub !== undefined) {
    const fault =
      'this is the node of a shop, and --nats says where a hub takes links; a shop says by --hub how it reaches its hub: nats://host:port/name';
    throw new CommandError(fault, 'usage');
  }
  if (hub === null) return toHub !== undefined;
  const shop = links.find(({ peerRole }) => peerRole === 'store');
  if (shop !== undefined) {
    const fault = `this is the database of a hub, with a link to ${shop.peer}; leave out --hub`;
    throw new CommandError(fault, 'usage');
  }
  if (toHub === undefined && token === null) {
    throw new CommandError(NOT_JOINED, 'usage');
  }
  return true;
}

function warningsOf(problem: string | null = null): readonly string[] {
  return problem === null ? [] : [problem];
}

function nodeParts(
  { runtime, storage, ledger, newId }: NodesRequest,
  observer: NodeObserver,
  heard: (peer: string) => void,
): NodeParts {
  const { onForeignCommit } = storage;
  return {
    ...runtime,
    ledger,
    store: storage.queries,
    node: storage.node,
    incarnation: storage.incarnation,
    hash: (text) => hash('sha256', text),
    codec: jsonCodec,
    newId,
    observer: {
      ...observer,
      connected(peer, session) {
        heard(peer);
        observer.connected(peer, session);
      },
    },
    ...(onForeignCommit && { onForeignCommit }),
  };
}

/** Another process may have added the first node: whoever is short of units finds out. */
function startingAtNeed(ledger: SharingLedger, start: () => Promise<unknown>): SharingLedger {
  return {
    ...ledger,
    async attempt(work) {
      const answer = await ledger.attempt(work);
      if (answer.kind === 'short') await start();
      return answer;
    },
  };
}

function createEnds(
  parts: SessionParts,
  config: NodesRequest['config'],
  isShop: boolean,
): HubEnds | ShopEnds {
  if (!isShop) return new HubEnds(parts);
  return new ShopEnds(parts, createDialerTo(config, parts.node), config.token);
}

function createDialerTo(config: NodesRequest['config'], node: string): Dialer {
  const { hub } = config;
  if (hub === null) return NO_HUB;
  return isNatsAddress(hub) ? natsDialer(config, hub, node) : createDialer({ hub, node });
}

function takeNatsLinks(
  { config, storage, logger, metrics }: NodesRequest,
  hub: HubEnds,
): NatsAcceptor | undefined {
  if (config.nats === null) return undefined;
  const told = createNatsLinkLog(logger, metrics);
  return acceptOverNats(config, config.nats, storage.node, hub, told);
}

/** The address of the hub is not in the database. */
const NO_HUB = {
  dial: () => Promise.reject(new DialRefusedError('its address is not known; add --hub')),
};
