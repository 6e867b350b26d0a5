import { describe, expect, it } from 'vitest';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { readSharing } from '../../src/queries/sharing.ts';
import { feed } from '../support/contractFeed.ts';
import {
  carry,
  entriesCommand,
  entry,
  HUB,
  hubLink,
  openShop,
  shareOut,
  shopLink,
} from '../support/contractLinks.ts';
import { move, product, shop } from '../support/contractRows.ts';
import { type Engine, type Fixture, useDatabase } from './engine.ts';

const X = { sku: 'A', location: 'x' };
const REASON = "newly shared; policy: the hub's part is 0.5, floor 0";

/** The database of a hub with a shop that has `A` in hand. */
async function givenHub({ storage: hub }: Fixture): Promise<void> {
  await feed(hub.ledger, [product('A'), shop('x')]);
  await feed(hub.ledger, [{ type: 'addLink', link: shopLink('shop-x', 'x') }]);
}

export function describeMovesAtRest(engine: Engine): void {
  describe('what is moved at rest', () => {
    const fixture = useDatabase(engine);

    it('is explained in the shop: the part of what came in that went to the hub at once', async () => {
      const here = fixture.storage;
      await feed(here.ledger, [product('A'), shop('x')]);
      await feed(here.ledger, [{ type: 'addLink', link: hubLink('leeds', 'x') }]);
      await feed(here.ledger, [move('receive', 'A', 'x', 9)]);
      expect(await readSharing(here.queries, 'A', 'x')).toBeNull();
      await shareOut(here, HUB, { levels: [X] });
      const { queries, books } = await fixture.reopen();
      const sharing = await readSharing(queries, 'A', 'x');
      expect(sharing?.lastMove).toMatchObject({ units: 4, to: HUB, reason: REASON });
      expect(sharing?.text).toContain(`4 units went to ${HUB} at `);
      expect(sharing?.text).toContain(`(${REASON}).`);
      expect(await verifyBooks(books)).toMatchObject({ findings: [] });
    });

    it('is explained at the hub, which took it in', async () => {
      await givenHub(fixture);
      const there = await openShop('shop-x', 'x');
      await carry(fixture.storage, there);
      await feed(there.ledger, [move('receive', 'A', 'x', 9)]);
      await shareOut(there, HUB, { levels: [X] });
      await carry(there, fixture.storage);
      const { queries, books } = await fixture.reopen();
      const sharing = await readSharing(queries, 'A', 'x');
      expect(sharing?.lastMove).toMatchObject({ units: 4, to: HUB, reason: REASON });
      expect(await verifyBooks(books)).toMatchObject({ findings: [] });
    });

    it('is taken in without a reason, too, as logs that are older have it', async () => {
      await givenHub(fixture);
      const accounts = { from: 'available', to: 'transit' } as const;
      const grant = entry(1, 'A', 4, { type: 'grant', ...accounts, details: { peer: HUB } });
      const hub = fixture.storage;
      await feed(hub.ledger, [await entriesCommand(hub, 'shop-x', [grant], 1)]);
      const { queries, books } = await fixture.reopen();
      expect(await queries.level('A', 'x')).toMatchObject({ available: 4 });
      expect(await readSharing(queries, 'A', 'x')).toMatchObject({ lastMove: null });
      expect(await verifyBooks(books)).toMatchObject({ findings: [] });
    });
  });
}
