import { emptyTables } from '../../simulator/memoryStorage/tables.ts';
import type { Command } from '../../src/domain/commands.ts';
import type { LoggedEvent } from '../../src/domain/events.ts';
import type { LinkCommand } from '../../src/domain/links/commands.ts';
import type { Link } from '../../src/domain/links/link.ts';
import type { LinkPolicy } from '../../src/domain/links/policy.ts';
import { emptyShare, type Share, shareKey } from '../../src/domain/links/share.ts';
import { emptyLevel, type Level, levelKey } from '../../src/domain/stock.ts';
import type { Answer, Work } from '../../src/ledger/ledger.ts';
import { concerns } from '../../src/nodes/concerns.ts';
import { TestLedger } from './testLedger.ts';
import { VirtualTime } from './virtualTime.ts';

export const HUB = 'hub';
export const SHOP = 'shop';
const PLACE = 'north';

type AnyCommand = Command | LinkCommand;

/** One node of a pair: a real ledger on the memory engine. */
export class PairNode {
  readonly name: string;
  readonly peer: string;
  readonly book: TestLedger;

  constructor(name: string, peer: string, time: VirtualTime) {
    this.name = name;
    this.peer = peer;
    this.book = new TestLedger({ tables: emptyTables(name), time });
  }

  /** @returns `ok`, or the code of the refusal */
  async ask(command: AnyCommand, fields: Partial<Work> = {}): Promise<string> {
    return inAWord(await this.book.submit([{ command }], fields));
  }

  /** @throws when it is refused */
  async accept(...commands: readonly AnyCommand[]): Promise<void> {
    for (const command of commands) {
      const word = await this.ask(command);
      if (word !== 'ok') throw new Error(`${command.type} at ${this.name}: ${word}`);
    }
  }

  get link(): Link {
    const link = this.book.tables.links.get(this.peer);
    if (link === undefined) throw new Error(`${this.name} has no link`);
    return link;
  }

  level(sku: string): Level {
    return this.book.tables.levels.get(levelKey(sku, PLACE)) ?? emptyLevel(sku, PLACE);
  }

  /** What the peer owns, as this node knows. */
  share(sku: string): Share {
    const known = this.book.tables.shares.get(shareKey(this.peer, sku, PLACE));
    return known ?? emptyShare(this.peer, sku, PLACE);
  }

  get log(): readonly LoggedEvent[] {
    return this.book.tables.events;
  }
}

/** A hub and the node of a shop at `north`, with a link that carries what it is told to. Both clocks are the same. */
export class LinkedPair {
  readonly time = new VirtualTime();
  readonly hub = new PairNode(HUB, SHOP, this.time);
  readonly shop = new PairNode(SHOP, HUB, this.time);

  /** Adds the products, the location and the shop, and lets the shop know of it all. */
  static async open(
    skus: readonly string[],
    policy: LinkPolicy = { hubShare: 0.5, floor: 0 },
  ): Promise<LinkedPair> {
    const pair = new LinkedPair();
    const { hub, shop } = pair;
    const place = { name: 'North', kind: 'store', attributes: null } as const;
    await hub.accept({ type: 'putLocation', location: PLACE, content: place });
    for (const sku of skus) {
      const content = { name: sku, description: null, category: null, attributes: null };
      await hub.accept({ type: 'putProduct', sku, content });
    }
    const ends = { location: PLACE, secret: 's', policy };
    await hub.accept({
      type: 'addLink',
      link: { ...ends, peer: SHOP, peerRole: 'store', self: HUB },
    });
    await shop.accept({
      type: 'addLink',
      link: { ...ends, peer: HUB, peerRole: 'hub', self: SHOP },
    });
    await pair.shakeHands();
    await pair.exchange();
    return pair;
  }

  /** Begins a session. */
  async shakeHands(): Promise<void> {
    for (const node of [this.hub, this.shop]) {
      const { session } = node.link;
      const change = { session: session + 1 };
      await node.accept({ type: 'updateLink', peer: node.peer, session, change });
    }
  }

  /** The next entries of `from`'s log, as the other node would apply them. */
  entriesOf(from: PairNode, limit = Number.POSITIVE_INFINITY): LinkCommand {
    const to = this.other(from);
    const after = to.link.received;
    const entries = from.log
      .filter((event) => event.position > after && concerns(from.link, event))
      .slice(0, limit);
    const last = entries.at(-1)?.position ?? after;
    const through = entries.length < limit ? Math.max(from.log.length, after) : last;
    return {
      type: 'applyEntries',
      peer: from.name,
      location: PLACE,
      session: to.link.session,
      after,
      through,
      digest: `${through}`,
      entries,
    };
  }

  /** Carries what `from` has logged since the last time, up to `limit` entries. */
  async carry(from: PairNode, limit?: number): Promise<void> {
    await this.other(from).accept(this.entriesOf(from, limit));
  }

  /** Carries both ways until neither has anything to tell. */
  async exchange(): Promise<void> {
    for (let rounds = 0; rounds < 100; rounds++) {
      if (this.isAtRest()) return;
      await this.carry(this.hub);
      await this.carry(this.shop);
    }
    throw new Error('the two nodes never come to rest');
  }

  isAtRest(): boolean {
    const { hub, shop } = this;
    return hub.link.received === shop.log.length && shop.link.received === hub.log.length;
  }

  other(node: PairNode): PairNode {
    return node === this.hub ? this.shop : this.hub;
  }

  async close(): Promise<void> {
    await this.hub.book.close();
    await this.shop.book.close();
  }
}

function inAWord(answer: Answer): string {
  if (answer.kind === 'keyReused') return 'idempotency_key_reused';
  if (answer.kind === 'refused') return answer.refusal.code;
  const outcome = answer.items[0]?.outcome;
  return outcome?.kind === 'refused' ? outcome.refusal.code : 'ok';
}
