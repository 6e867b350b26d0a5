import { hash } from 'node:crypto';
import { CommandError } from '../cli/exitCodes.ts';
import type { Config } from '../config.ts';
import type { Link } from '../domain/links/link.ts';
import type { Ledger, SharingLedger } from '../ledger/ledger.ts';
import { withBorrowing } from '../nodes/borrowing.ts';
import { fenceUnproven } from '../nodes/fences.ts';
import { LinkAcceptor } from '../nodes/http/acceptor.ts';
import { jsonCodec } from '../nodes/http/codec.ts';
import { createDialer } from '../nodes/http/dialer.ts';
import { createHub, type Hub } from '../nodes/hub.ts';
import { findLink } from '../nodes/linkCommands.ts';
import { OwnLog } from '../nodes/ownLog.ts';
import type { NodeObserver, NodeParts } from '../nodes/parts.ts';
import type { SessionParts } from '../nodes/sessionParts.ts';
import { Requests } from '../nodes/requests.ts';
import { createStore, type StoreNode } from '../nodes/store.ts';
import { DialRefusedError } from '../nodes/transport.ts';
import type { Logger } from '../observability/logger.ts';
import type { Storage } from '../storage/storage.ts';
import { createLinkBreaker } from './linkBreaker.ts';
import { createNodeLog } from './nodeLog.ts';
import type { Runtime } from './runtime.ts';

export interface NodesRequest {
  readonly runtime: Runtime;
  readonly config: Pick<Config, 'hub' | 'token' | 'borrowWaitMs'>;
  readonly storage: Storage;
  readonly ledger: SharingLedger;
  readonly newId: () => string;
  readonly logger: Logger;
  /** Counts what happens on links. */
  readonly metrics: NodeObserver;
}

/** What this process has to do with other nodes. */
export interface RunningNodes {
  /** The ledger for clients: it asks other nodes before it refuses for want of stock. */
  readonly ledger: Ledger;
  /** Takes the links of shops; null in a shop. */
  readonly acceptor: LinkAcceptor | null;
  /** To be called when nobody asks any more, and before the ledger is closed. */
  close(): Promise<void>;
}

/**
 * Makes a server the node of a shop, if its database has a link to a hub or the settings name one, and otherwise a hub.
 * A shop calls its hub from now on, and does not wait for it.
 * @throws {CommandError} when settings and database do not fit together
 */
export async function startNodes(request: NodesRequest): Promise<RunningNodes> {
  const { config, storage, runtime } = request;
  const links = await storage.queries.links();
  const isShop = checkRole(config, links);
  const breaker = createLinkBreaker();
  const parts = nodeParts(request, (peer) => breaker.reset(peer));
  await fenceUnproven(parts);
  const log = new OwnLog(parts);
  const session = { ...parts, log, requests: new Requests(runtime.timers) };
  const ends = isShop ? new ShopEnds(session, config) : new HubEnds(session);
  if (isShop || links.length > 0) await ends.start();
  const waitMs = config.borrowWaitMs;
  const ledger = startingAtNeed(request.ledger, () => ends.start());
  return {
    ledger: waitMs === 0 ? request.ledger : withBorrowing({ ...session, ledger, breaker, waitMs }),
    acceptor: ends instanceof HubEnds ? new LinkAcceptor(ends) : null,
    close: () => ends.close(),
  };
}

/** @returns whether this is a shop's node */
function checkRole({ hub, token }: NodesRequest['config'], links: readonly Link[]): boolean {
  const toHub = links.find(({ peerRole }) => peerRole === 'hub');
  if (hub === null) return toHub !== undefined;
  const shop = links.find(({ peerRole }) => peerRole === 'store');
  if (shop !== undefined) {
    const fault = `this is the database of a hub, with a link to ${shop.peer}; leave out --hub`;
    throw new CommandError(fault, 'usage');
  }
  if (toHub === undefined && token === null) {
    const fault =
      'this node has not joined its hub yet; add --token with what `holdfast nodes add` has printed there';
    throw new CommandError(fault, 'usage');
  }
  return true;
}

function nodeParts(request: NodesRequest, heard: (peer: string) => void): NodeParts {
  const { runtime, storage, ledger, newId, logger, metrics } = request;
  const { onForeignCommit } = storage;
  const observer = createNodeLog(logger, metrics);
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

/**
 * This end of the links. Asleep until it is started, since a server without links need not read its own log; then awake
 * until it is closed.
 */
abstract class Ends<E extends { close(): Promise<void> }> {
  protected readonly parts: SessionParts;
  #awake: Promise<E> | undefined;

  constructor(parts: SessionParts) {
    this.parts = parts;
  }

  /** Does nothing when it is awake. Tried again after it has failed, when it is called again. */
  async start(): Promise<E> {
    this.#awake ??= this.#wake();
    try {
      return await this.#awake;
    } catch (error) {
      this.#awake = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#awake === undefined) return;
    const end = await this.#awake;
    await end.close();
    this.parts.log.close();
  }

  protected abstract open(): Promise<E>;

  async #wake(): Promise<E> {
    await this.parts.log.start();
    return this.open();
  }
}

class HubEnds extends Ends<Hub> {
  #hub: Hub | undefined;

  async authenticate(node: string, secret: string): Promise<boolean> {
    if ((await findLink(this.parts, node)) === undefined) return false;
    return (await this.start()).authenticate(node, secret);
  }

  accept(...guest: Parameters<Hub['accept']>): void {
    this.#hub?.accept(...guest);
  }

  protected override async open(): Promise<Hub> {
    this.#hub = await createHub(this.parts);
    return this.#hub;
  }
}

class ShopEnds extends Ends<StoreNode> {
  readonly #config: NodesRequest['config'];

  constructor(parts: SessionParts, config: NodesRequest['config']) {
    super(parts);
    this.#config = config;
  }

  protected override open(): Promise<StoreNode> {
    const { hub, token: enrolment } = this.#config;
    const { node } = this.parts;
    const dialer = hub === null ? NO_HUB : createDialer({ hub, node });
    return createStore({ ...this.parts, dialer, enrolment });
  }
}

/** The address of the hub is not in the database. */
const NO_HUB = {
  dial: () => Promise.reject(new DialRefusedError('its address is not known; add --hub')),
};
