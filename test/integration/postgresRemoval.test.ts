import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApplyEntriesCommand } from '../../src/domain/links/commands.ts';
import type { Item } from '../../src/ledger/ledger.ts';
import { feed } from '../support/contractFeed.ts';
import { hubLink } from '../support/contractLinks.ts';
import { move, product, shop } from '../support/contractRows.ts';
import { noticed } from '../support/givenLink.ts';
import { deadlocksOf } from '../support/postgres/lockWaits.ts';
import { type Asked, ask, ServerPair } from '../support/serverPair.ts';

const [SKU, PLACE] = ['apple', 'north'];
const LINK = hubLink('shop', PLACE);

let pair: ServerPair;

beforeEach(async () => {
  pair = await ServerPair.open();
  await fed(product(SKU), shop(PLACE), { type: 'addLink', link: LINK });
});

afterEach(async () => {
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

/** The hub asks its shop whether the product may go. */
function removalAsked(): ApplyEntriesCommand {
  const entry = { ...noticed('removal_asked', { sku: SKU }), position: 1 };
  const base = { peer: LINK.peer, location: PLACE, session: 0, after: 0, through: 1, digest: '1' };
  return { type: 'applyEntries', ...base, entries: [entry] };
}

const receive = asks(move('receive', SKU, PLACE, 5));

describe.each([
  ['never stocked before', []],
  ['sold out', [move('receive', SKU, PLACE, 5), move('sell', SKU, PLACE, 5)]],
])('two servers of a shop, asked by the hub whether a product may go that was %s', (_, before) => {
  beforeEach(() => fed(...before));

  it('keep it when some comes in just before', async () => {
    const came = await pair.race(receive, asks(removalAsked()));
    expect(came.map(({ word }) => word)).toEqual(['done', 'done']);
    expect(await pair.other.storage.queries.product(SKU)).toBeDefined();
    expect(await pair.other.storage.queries.level(SKU, PLACE)).toMatchObject({ available: 5 });
  });

  it('take in no more of it when it has gone', async () => {
    const came = await pair.race(asks(removalAsked()), receive);
    expect(came.map(({ word }) => word)).toEqual(['done', 'product_not_found']);
    expect((await pair.other.storage.queries.level(SKU, PLACE))?.available ?? 0).toBe(0);
  });
});
