import { describe, expect, it } from 'vitest';
import type { LoggedEvent, MovementType } from '../../src/domain/events.ts';
import { newLink } from '../../src/domain/links/link.ts';
import type { LedgerStore } from '../../src/ledger/store.ts';
import { decideOn, feed } from '../support/contractFeed.ts';
import {
  entriesCommand,
  entriesFor,
  entry,
  HUB,
  linkedRows,
  linkOf,
  load,
  meet,
  openShop,
  shareOut,
  shopLink,
} from '../support/contractLinks.ts';
import { line, move, needs, product, reserve, shop, writes } from '../support/contractRows.ts';
import { type Engine, useDatabase } from './engine.ts';

const X = { sku: 'A', location: 'x' };

const WAS_SAID: LoggedEvent = {
  type: 'want_refused',
  sku: 'A',
  location: 'x',
  reservationId: null,
  details: { peer: HUB, request: 'r\u0000 \uD83D "quoted" \u2028' },
  actor: 'zoe',
  requestId: 'request',
  position: 9,
  time: 1_009,
};

/** Writes entries as they are, without what they do; with an event of this log, or without. */
function mirror(
  ledger: LedgerStore,
  peer: string,
  events: readonly LoggedEvent[],
  { applied = true, eventful = true } = {},
) {
  const link = newLink(shopLink(peer, 'x'));
  const notice = { type: 'redact', sku: null, location: null, reservationId: 'none' } as const;
  const origin = { details: null, actor: 'ann', requestId: 'request' };
  return ledger.commit(needs({ links: [peer] }), ({ links }) =>
    writes({
      events: eventful ? [{ ...notice, ...origin }] : [],
      links: new Map([[peer, { before: links.get(peer), after: link }]]),
      mirrored: events.map((event) => ({ peer, event, applied })),
    }),
  );
}

function supersede(ledger: LedgerStore, peer: string, position: number) {
  const link = newLink(shopLink(peer, 'x'));
  return ledger.commit(needs({ links: [peer] }), ({ links }) =>
    writes({
      links: new Map([[peer, { before: links.get(peer), after: link }]]),
      superseded: [{ peer, position }],
    }),
  );
}

export function describeMirror(engine: Engine): void {
  describe("entries of a peer's log", () => {
    const fixture = useDatabase(engine);

    it('are given back as they came, in order, in pages', async () => {
      const { ledger, queries } = fixture.storage;
      const events = [entry(2, 'A', 5), entry(7, 'B', 2 ** 52, { details: { reason: 'é' } })];
      await mirror(ledger, 'p', events);
      await mirror(ledger, 'p', [WAS_SAID]);
      await mirror(ledger, 'q', [entry(3, 'A', 1)]);
      const read = (after: number, limit: number) => queries.mirrored({ peer: 'p', after, limit });
      expect(await read(0, 10)).toEqual([...events, WAS_SAID]);
      expect(await read(2, 1)).toEqual([events[1]]);
      expect(await read(9, 1)).toEqual([]);
    });

    it('are thousands at a time', async () => {
      const { ledger, queries } = fixture.storage;
      const events = Array.from({ length: 3_000 }, (_, index) => entry(index + 1, 'A', index));
      await mirror(ledger, 'p', events);
      expect(await queries.mirrored({ peer: 'p', after: 2_990, limit: 100 })).toEqual(
        events.slice(2_990),
      );
    });

    it('tell what was known as of each position of this log', async () => {
      const { ledger, queries } = fixture.storage;
      const [one, two, three] = [entry(2, 'A', 5), entry(4, 'A', 6), entry(5, 'A', 7)];
      await mirror(ledger, 'p', [one, entry(3, 'B', 1)]);
      await mirror(ledger, 'p', [two, WAS_SAID], { eventful: false });
      await mirror(ledger, 'q', [three]);
      const level = { peer: 'p', ...X };
      const known = await Promise.all([0, 1, 2, 3].map((at) => queries.mirroredAt(level, at)));
      // What came without an event was not known yet at the position before.
      expect(known).toEqual([undefined, one, two, two]);
      expect(await queries.mirroredAt({ peer: 'q', ...X }, 9)).toEqual(three);
      expect(await queries.mirroredAt({ ...level, location: 'y' }, 9)).toBeUndefined();
      expect(await queries.mirrorsAt(0)).toEqual([]);
      expect(await queries.mirrorsAt(1)).toEqual([{ peer: 'p', position: 3, time: 1_003 }]);
      const heads = [
        { peer: 'p', position: 9, time: 1_009 },
        { peer: 'q', position: 5, time: 1_005 },
      ];
      expect(await queries.mirrorsAt(2)).toEqual(heads);
      expect(await queries.mirrorsAt(2, ['q'])).toEqual(heads.slice(1));
      expect(await queries.mirrorsAt(2, ['q', 'unknown', 'p', 'q'])).toEqual(heads);
      expect(await queries.mirrorsAt(1, ['q'])).toEqual([]);
      expect(await queries.mirrorsAt(2, [])).toEqual([]);
    });

    it('that the peer has lost are hidden, and others take their positions', async () => {
      const { ledger, queries } = fixture.storage;
      const held = { reservationId: 'r1', type: 'reserve' } as const;
      const events = [entry(1, 'A', 5), entry(2, 'A', 4, held), entry(3, 'A', 3)];
      await mirror(ledger, 'p', events);
      await mirror(ledger, 'q', events);
      await supersede(ledger, 'p', 1);
      const page = { after: 0, limit: 9 };
      expect(await queries.mirrored({ peer: 'p', ...page })).toEqual(events.slice(0, 1));
      expect(await queries.mirrored({ peer: 'q', ...page })).toEqual(events);
      expect(await queries.mirroredAt({ peer: 'p', ...X }, 9)).toEqual(events[0]);
      expect(await queries.mirrorsAt(9)).toMatchObject([{ position: 1 }, { position: 3 }]);
      const [, lost] = events;
      expect(await queries.mirroredReservation('r1')).toEqual([{ peer: 'q', event: lost }]);
      const again = [entry(2, 'A', 9), entry(3, 'A', 8)];
      await mirror(ledger, 'p', again);
      expect(await queries.mirrored({ peer: 'p', ...page })).toEqual([events[0], ...again]);
      await supersede(ledger, 'p', 2);
      expect(await queries.mirrored({ peer: 'p', ...page })).toEqual([events[0], again[0]]);
    });

    it('that came after it was retired are kept, and not shown', async () => {
      const { ledger, queries, books } = fixture.storage;
      const held = { reservationId: 'r1', type: 'reserve' } as const;
      await mirror(ledger, 'p', [entry(1, 'A', 5)]);
      await mirror(ledger, 'p', [entry(2, 'A', 4, held)], { applied: false });
      expect(await queries.mirrored({ peer: 'p', after: 0, limit: 9 })).toHaveLength(1);
      expect(await queries.mirroredAt({ peer: 'p', ...X }, 9)).toMatchObject({ position: 1 });
      expect(await queries.mirrorsAt(9)).toMatchObject([{ position: 1 }]);
      expect(await queries.mirroredReservation('r1')).toEqual([]);
      const rows = await load(ledger, needs({ reservations: ['r1'] }));
      expect(rows.nodeOfReservation.size).toBe(0);
      const all = await books.inspect((view) => view.mirror(undefined, 9));
      expect(all).toMatchObject([{ state: 'applied' }, { state: 'unapplied' }]);
    });

    it('tell of a reservation all that each peer says, and who has made it', async () => {
      const { ledger, queries } = fixture.storage;
      const of = (id: string, type: MovementType) => ({ reservationId: id, type });
      const made = entry(4, 'A', 4, of('r1', 'reserve'));
      const part = entry(2, 'A', 4, of('r1', 'accept'));
      const ended = entry(6, 'A', 4, of('r1', 'cancel'));
      await mirror(ledger, 'q', [made, entry(5, 'A', 4, of('r2', 'reserve')), ended]);
      await mirror(ledger, 'p', [part, entry(3, 'A', 4, of('r3', 'accept'))]);
      expect(await queries.mirroredReservation('r1')).toEqual([
        { peer: 'p', event: part },
        { peer: 'q', event: made },
        { peer: 'q', event: ended },
      ]);
      const rows = await load(ledger, needs({ reservations: ['r1', 'r3', 'r4'] }));
      expect([...rows.nodeOfReservation]).toEqual([['r1', 'q']]);
    });

    it('say nothing of a reservation that is known here', async () => {
      const { ledger } = fixture.storage;
      await feed(ledger, [product('A'), shop('x'), move('receive', 'A', 'x', 5)]);
      await feed(ledger, [reserve('r1', line('A', 'x', 1))]);
      await mirror(ledger, 'p', [entry(1, 'A', 4, { reservationId: 'r1', type: 'reserve' })]);
      const rows = await load(ledger, needs({ reservations: ['r1'] }));
      expect(rows.nodeOfReservation.size).toBe(0);
      expect(rows.reservations.size).toBe(1);
    });

    it('come with the cursor and what they do, or not at all', async () => {
      const hub = fixture.storage;
      await feed(hub.ledger, [product('A'), shop('x')]);
      await feed(hub.ledger, [{ type: 'addLink', link: shopLink('shop-x', 'x') }]);
      const x = await openShop('shop-x', 'x');
      await meet(hub, x);
      await feed(x.ledger, [move('receive', 'A', 'x', 8)]);
      await shareOut(x, HUB, { levels: [X] });
      const before = await linkedRows(hub);
      const entries = await entriesFor(x, hub);
      const command = await entriesCommand(hub, 'shop-x', entries, 99);
      const failure = new Error('no more');
      const failing = hub.ledger.commit(needs({ links: ['shop-x'] }), () => {
        throw failure;
      });
      await expect(failing).rejects.toBe(failure);
      expect(await linkedRows(hub)).toEqual(before);
      await feed(hub.ledger, [command]);
      expect(await linkOf(hub, 'shop-x')).toMatchObject({ received: 99 });
      expect(await hub.queries.level('A', 'x')).toMatchObject({ available: 4 });
      const { answer } = await decideOn(hub.ledger, [command]);
      const refusal = { code: 'cursor_mismatch', received: 99 };
      expect(answer).toMatchObject({ items: [{ outcome: { kind: 'refused', refusal } }] });
      expect(await hub.queries.level('A', 'x')).toMatchObject({ available: 4 });
    });
  });
}
