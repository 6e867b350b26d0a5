import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoggedEvent } from '../../src/domain/events.ts';
import type { ApplyEntriesCommand, LinkCommand } from '../../src/domain/links/commands.ts';
import type { FenceReason, Link, NewLink } from '../../src/domain/links/link.ts';
import type { Item } from '../../src/ledger/ledger.ts';
import { Connection } from '../../src/storage/postgres/connection.ts';
import { ask as api } from '../support/api.ts';
import { feed } from '../support/contractFeed.ts';
import { line, move, product, reserve, shop } from '../support/contractRows.ts';
import { moved, noticed } from '../support/givenLink.ts';
import { STATEMENTS } from '../support/postgres/gate.ts';
import { deadlocksOf } from '../support/postgres/lockWaits.ts';
import { connected } from '../support/postgres/testDatabase.ts';
import { PostgresTestServer } from '../support/postgresLedger.ts';
import { Workshop } from '../support/processes.ts';
import { type Asked, ask, ServerPair } from '../support/serverPair.ts';

const [SKU, PLACE] = ['apple', 'north'];
const LEVEL = { sku: SKU, location: PLACE };
const BASE = { location: PLACE, secret: 'secret', policy: { hubShare: 0.5, floor: 0 } };
const TO_SHOP: NewLink = { ...BASE, peer: 'shop', peerRole: 'store', self: 'hub' };
const TO_HUB: NewLink = { ...BASE, peer: 'hub', peerRole: 'hub', self: 'shop' };

let pair: ServerPair;

beforeEach(async () => {
  pair = await ServerPair.open();
  await fed(product(SKU), shop(PLACE));
});

afterEach(async () => {
  vi.restoreAllMocks();
  expect(await pair.findings()).toEqual([]);
  await pair.closeServers();
  expect(await deadlocksOf(pair.database.url)).toBe(0);
  await pair.close();
});

/** Makes the ledger ready, at the second server. */
async function fed(...commands: readonly Item['command'][]): Promise<void> {
  for (const command of commands) await feed(pair.other.storage.ledger, [command]);
}

function asks(command: Item['command']): Asked {
  return (server) => ask(server, [{ command }]);
}

/** Units that the shop passes to the hub. */
function granted(position: number, quantity: number): LoggedEvent {
  const details = { peer: 'hub' };
  return moved('grant', ['available', 'transit'], quantity, { position, details });
}

function wanted(position: number, units: number): LoggedEvent {
  const details = { peer: 'hub', session: 0, request: `request ${position}`, units };
  return { ...noticed('want', { ...LEVEL, details }), position };
}

function apply(after: number, ...entries: readonly LoggedEvent[]): ApplyEntriesCommand {
  const through = entries.at(-1)?.position ?? after + 1;
  const digest = `${through}`;
  const base = { peer: 'shop', location: PLACE, session: 0, after, through, digest };
  return { type: 'applyEntries', ...base, entries };
}

function addLink(link: NewLink): LinkCommand {
  return { type: 'addLink', link };
}

function fence(reason: FenceReason | null, peer = 'shop'): LinkCommand {
  return { type: 'updateLink', peer, session: 0, change: { fence: reason } };
}

async function link(): Promise<Link | undefined> {
  return (await pair.other.storage.queries.links())[0];
}

async function level(sku = SKU) {
  return pair.other.storage.queries.level(sku, PLACE);
}

async function share() {
  return (await pair.other.storage.queries.shares({ limit: 1 }))[0];
}

async function fenceOf(): Promise<FenceReason | undefined> {
  return (await pair.other.storage.queries.location(PLACE))?.fence;
}

describe('two servers of a hub', () => {
  it('that add the same link make one', async () => {
    const came = await pair.race(asks(addLink(TO_SHOP)), asks(addLink(TO_SHOP)));
    expect(came.map(({ word }) => word)).toEqual(['done', 'node_exists']);
    expect(await pair.other.storage.queries.links()).toHaveLength(1);
    expect(await pair.other.storage.queries.location(PLACE)).toMatchObject({ node: 'shop' });
  });

  it('that meet with the same link at the head of the log make one', async () => {
    const head = 'SELECT FROM log_head FOR UPDATE';
    const came = await pair.meetAt(head, asks(addLink(TO_HUB)), asks(addLink(TO_HUB)));
    expect(came.map(({ word }) => word).sort()).toEqual(['done', 'node_exists']);
  });

  describe('with a link to a shop', () => {
    beforeEach(() => fed(addLink(TO_SHOP)));

    it('take the same entries in once', async () => {
      const entries = asks(apply(0, granted(4, 5)));
      const came = await pair.race(entries, entries);
      expect(came.map(({ word }) => word)).toEqual(['done', 'cursor_mismatch']);
      expect(await level()).toMatchObject({ available: 5, version: 1 });
      expect(await link()).toMatchObject({ received: 4, acceptedThrough: 4 });
    });

    it('take the same entries in once when one has overtaken the other', async () => {
      await fed(apply(0, granted(4, 5)));
      const entries = asks(apply(4, granted(6, 5)));
      const head = 'SELECT FROM log_head FOR UPDATE';
      const came = await pair.meetAt(head, entries, entries);
      expect(came.map(({ word }) => word).sort()).toEqual(['cursor_mismatch', 'done']);
      expect(await level()).toMatchObject({ available: 10, version: 2 });
    });

    it('pass on no unit twice, beside what comes in', async () => {
      await fed(apply(0, granted(4, 6)));
      const shareOut: LinkCommand = {
        type: 'shareOut',
        peer: 'shop',
        session: 0,
        after: 0,
        through: 1,
        levels: [LEVEL],
        reservations: [],
      };
      const came = await pair.race(asks(shareOut), asks(apply(4, granted(5, 1), wanted(6, 100))));
      expect(came.map(({ word }) => word)).toEqual(['done', 'done']);
      expect(await level()).toMatchObject({ available: 0 });
      expect(await share()).toMatchObject({ granted: 7 });
      expect(await link()).toMatchObject({ received: 6, considered: 1 });
    });

    it('sell no unit that is passed on meanwhile', async () => {
      await fed(apply(0, granted(4, 6)));
      const buy = asks(reserve('r1', line(SKU, PLACE, 4)));
      const came = await pair.race(asks(apply(4, wanted(5, 4))), buy);
      expect(came.map(({ word }) => word)).toEqual(['done', 'insufficient_stock']);
      expect(await level()).toMatchObject({ available: 2, reserved: 0 });
      expect(await share()).toMatchObject({ granted: 4 });
    });

    it('hand over what was sold with what is known of the shop', async () => {
      await fed(apply(0, granted(4, 6)));
      await fed(reserve('r1', line(SKU, PLACE, 2)), { type: 'confirm', reservationId: 'r1' });
      const handOver = { type: 'shareOut', peer: 'shop', session: 0 } as const;
      await fed({ ...handOver, after: 0, through: 1, levels: [], reservations: ['r1'] });
      await fed(apply(4, moved('receive', ['supplier', 'available'], 9, { position: 8 })));
      await fed(reserve('r2', line(SKU, PLACE, 1)), { type: 'confirm', reservationId: 'r2' });
      await fed({ ...handOver, after: 1, through: 2, levels: [], reservations: ['r2'] });
      expect(await share()).toMatchObject({ granted: 3, position: 8 });
    });

    it('go on with what was lost and came anew in one commit', async () => {
      await fed(apply(0, granted(4, 6), wanted(5, 1)));
      const rewind: LinkCommand = {
        type: 'rewind',
        kept: 4,
        peer: 'shop',
        session: 0,
        common: 4,
        digest: '4',
      };
      const items = [{ command: rewind }, { command: apply(4, wanted(5, 2)) }];
      expect(await ask(pair.one, items)).toMatchObject({ word: 'done' });
      const { queries } = pair.other.storage;
      const entries = await queries.mirrored({ peer: 'shop', after: 0, limit: 9 });
      expect(entries).toEqual([granted(4, 6), wanted(5, 2)]);
      expect(await share()).toMatchObject({ granted: 3 });
    });

    it('promise nothing behind a fence that has come meanwhile', async () => {
      await fed(apply(0, granted(4, 6)));
      const buy = asks(reserve('r1', line(SKU, PLACE, 1)));
      const came = await pair.overtake(buy, asks(fence('restored')));
      expect(came.map(({ word }) => word)).toEqual(['node_fenced', 'done']);
      expect(pair.retries).toEqual([1, 0]);
      expect(await level()).toMatchObject({ available: 6 });
      await fed(fence(null));
      expect(await fenceOf()).toBeUndefined();
      expect(await buy(pair.one)).toMatchObject({ word: 'held' });
    });

    it('keep a new name of a location and a new fence of it apart', async () => {
      const came = await pair.race(asks(shop(PLACE, 'New name')), asks(fence('restored')));
      expect(came.map(({ word }) => word)).toEqual(['done', 'done']);
      const place = await pair.other.storage.queries.location(PLACE);
      expect(place).toMatchObject({ name: 'New name', node: 'shop', fence: 'restored' });
    });

    it('do not remove a product that a shop begins to have', async () => {
      const receipt = moved('receive', ['supplier', 'available'], 9, {
        balances: { available: 9, reserved: 0, committed: 0, unavailable: 0 },
      });
      const gone = asks({ type: 'deleteProduct', sku: SKU });
      const came = await pair.race(asks(apply(0, receipt)), gone);
      expect(came.map(({ word }) => word)).toEqual(['done', 'product_has_stock']);
    });
  });

  it('one of which has never heard of links sees what the shop owns', async () => {
    const { one } = pair;
    await one.run(product('pear'));
    await one.run(move('receive', 'pear', PLACE, 1));
    const receipt = moved('receive', ['supplier', 'available'], 9, {
      sku: 'pear',
      balances: { available: 9, reserved: 0, committed: 0, unavailable: 0 },
    });
    await fed(addLink(TO_SHOP), apply(0, receipt));
    const items = [{ command: reserve('r1', line('pear', PLACE, 2)) }];
    const work = { actor: 'ann', requestId: 'q', items, mayBorrow: true };
    const answer = await one.ledger.attempt(work);
    expect(answer).toMatchObject({ kind: 'short', wants: [{ peer: 'shop', units: 1 }] });
  });

  it('one of which has never heard of links moves nothing that the shop has in hand', async () => {
    const receive = asks(move('receive', SKU, PLACE, 1));
    const came = await pair.overtake(receive, asks(addLink(TO_SHOP)));
    expect(came.map(({ word }) => word)).toEqual(['custody_elsewhere', 'done']);
  });
});

describe('what is guessed', () => {
  it('at a shop comes to nothing once it is fenced, and is remembered when it is not', async () => {
    await fed(addLink(TO_HUB), move('receive', SKU, PLACE, 10));
    const { one, other } = pair;
    const sent = recordStatements();
    await one.run(reserve('r1', line(SKU, PLACE, 1)));
    sent.clear();
    await one.run(reserve('r2', line(SKU, PLACE, 1)));
    expect(sent.names()).toEqual(['write']);
    await fenceAt(other, 'unproven');
    const buy = asks(reserve('r3', line(SKU, PLACE, 1)));
    expect(await buy(one)).toMatchObject({ word: 'node_fenced' });
    await fenceAt(other, null);
    expect(await buy(one)).toMatchObject({ word: 'held' });
  });

  it('is nothing at a location that another node has in hand', async () => {
    await fed(addLink(TO_SHOP), apply(0, granted(4, 6)));
    // With its first commit a server learns that there are links.
    await pair.one.run(reserve('r1', line(SKU, PLACE, 1)));
    const sent = recordStatements();
    await pair.one.run(reserve('r2', line(SKU, PLACE, 1)));
    const looked = ['begin', 'lock_levels', 'lock_shares', 'locked_rows', 'linked_rows'];
    expect(sent.names()).toEqual([...looked, 'write', 'commit']);
  });
});

async function fenceAt(server: PostgresTestServer, reason: FenceReason | null): Promise<void> {
  expect(await asks(fence(reason, 'hub'))(server)).toMatchObject({ word: 'done' });
}

const LOOKED = ['begin', 'lock_levels', 'locked_rows'];

describe('a ledger without links', () => {
  it('costs the statements that it always did', async () => {
    await fed(move('receive', SKU, PLACE, 10));
    const sent = recordStatements();
    await pair.one.run(reserve('r1', line(SKU, PLACE, 1)));
    expect(sent.names()).toEqual([...LOOKED, 'write', 'commit']);
    sent.clear();
    await pair.one.run(reserve('r2', line(SKU, PLACE, 1)));
    expect(sent.names()).toEqual(['write']);
    sent.clear();
    await pair.one.run({ type: 'count', ...LEVEL, quantity: 7 });
    expect(sent.names()).toEqual([...LOOKED, 'due_holds', 'next_releases', 'write', 'commit']);
  });
});

/** What is sent on connections for commits. */
function recordStatements() {
  const run = vi.spyOn(Connection.prototype, 'run');
  return {
    clear: () => run.mockClear(),
    names: () =>
      run.mock.calls
        .map(([{ name }]) => name.replace(/_\d+$/, ''))
        .filter((name) => !/^(discard_plans|announce|listen_|set_up_)/.test(name)),
  };
}

describe('a server under which another database takes the place of its own', () => {
  const ELSEWHERE = "UPDATE node SET incarnation = 'elsewhere'";
  const lie = (sql: string) => connected(pair.database.url, (client) => client.query(sql));

  it('takes nothing more until it is started again', async () => {
    await fed(addLink(TO_SHOP), product('pear'), shop('south'));
    const receive = asks(move('receive', 'pear', 'south', 1));
    expect(await receive(pair.one)).toMatchObject({ word: 'done' });
    await lie(ELSEWHERE);
    await expect(receive(pair.one)).rejects.toThrow('start the server again');
    await pair.other.storage.incarnation.prove();
    await expect(receive(pair.one)).rejects.toThrow('start the server again');
    const anew = await PostgresTestServer.open(pair.database.url);
    expect(await receive(anew)).toMatchObject({ word: 'done' });
    await anew.close();
  });

  it('ends, so that it is started again', async () => {
    const workshop = new Workshop();
    try {
      await fed(addLink(TO_SHOP), product('pear'), shop('south'));
      const server = workshop.serve(pair.database.url);
      const url = await server.url();
      const body = { type: 'receive', sku: 'pear', location: 'south', quantity: 1 };
      expect(await api(url, '/v1/movements', { body })).toMatchObject({ status: 201 });
      await lie(ELSEWHERE);
      expect(await api(url, '/v1/movements', { body })).toMatchObject({ status: 503 });
      expect(await server.ended()).toMatchObject({
        code: 1,
        err: expect.stringContaining('another database has taken the place'),
      });
      const anew = workshop.serve(pair.database.url);
      const again = await api(await anew.url(), '/v1/movements', { body });
      expect(again).toMatchObject({ status: 201 });
      expect(await fenceOf()).toBe('unproven');
      await anew.stop();
    } finally {
      await workshop.close();
    }
  });

  it('goes on where there are no links', async () => {
    const receive = asks(move('receive', SKU, PLACE, 1));
    expect(await receive(pair.one)).toMatchObject({ word: 'done' });
    await lie(ELSEWHERE);
    expect(await receive(pair.one)).toMatchObject({ word: 'done' });
  });
});

describe('a stuck server', () => {
  it('that has a link keeps only those from going on who need it', async () => {
    await fed(addLink(TO_SHOP), product('pear'), shop('south'));
    await fed(move('receive', 'pear', 'south', 5));
    const stopped = pair.gate.stopAt(STATEMENTS.write);
    const entries = asks(apply(0, granted(4, 5)));
    const first = entries(pair.one);
    await stopped;
    const [second, sale] = await Promise.all([
      entries(pair.other).catch((error: unknown) => ({ word: String(error) })),
      sellSoon(pair.other),
    ]);
    pair.gate.open();
    expect(sale).toMatchObject({ word: 'done' });
    const words = [(await first.catch(() => ({ word: 'failed' }))).word, second.word];
    expect(words.filter((word) => word === 'done')).toHaveLength(1);
    expect(await level()).toMatchObject({ available: 5, version: 1 });
  });
});

async function sellSoon(server: PostgresTestServer) {
  return asks(move('sell', 'pear', 'south', 1))(server);
}

/** What two shops say of one transfer comes to two servers of the hub: no lock of a level stands between them. */
describe('a transfer that two servers of the hub hear of at once', () => {
  const ID = '019c1f9e-6c00-7000-8000-000000000002';
  const sent = moved('dispatch', ['available', 'transit'], 4, {
    details: { transferId: ID, destination: 'south' },
  });
  const arrivals = (after: number, quantity: number) => {
    const row = { location: 'south', details: { transferId: ID }, position: after + 1 };
    const arrived = moved('arrive', ['transit', 'available'], quantity, row);
    return { ...apply(after, arrived), peer: 'other', location: 'south' };
  };

  beforeEach(async () => {
    const other = { ...TO_SHOP, location: 'south', peer: 'other' };
    await fed(shop('south'), addLink(TO_SHOP), addLink(other));
  });

  it('is made by one of them, and has what both have heard', async () => {
    await pair.overtake(asks(apply(0, sent)), asks(arrivals(0, 3)));
    const transfer = await pair.one.storage.queries.transfer(ID);
    expect(transfer).toMatchObject({ from: PLACE, lines: [{ quantity: 4, received: 3 }] });
  });

  it('is changed by both, and has what both have heard', async () => {
    await fed(arrivals(0, 1));
    await pair.overtake(asks(apply(0, sent)), asks(arrivals(1, 2)));
    const transfer = await pair.one.storage.queries.transfer(ID);
    expect(transfer).toMatchObject({ from: PLACE, lines: [{ quantity: 4, received: 3 }] });
    expect(pair.retries[0]).toBeGreaterThan(0);
  });

  it('is received by two clerks at once, once', async () => {
    const receipt = (quantity: number): Item['command'] => {
      const lines = [{ sku: SKU, quantity }];
      return { type: 'receiveTransfer', transferId: ID, to: 'west', lines };
    };
    await fed(shop('west'), receipt(3));
    await pair.race(asks(receipt(5)), asks(receipt(5)));
    const [transfer, level] = await Promise.all([
      pair.one.storage.queries.transfer(ID),
      pair.one.storage.queries.level(SKU, 'west'),
    ]);
    expect(transfer).toMatchObject({ status: 'unmatched', lines: [{ received: 5 }] });
    expect(level).toMatchObject({ available: 5 });
  });
});
