import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterAck,
  afterSending,
  afterSilence,
  afterTaking,
  MESSAGES_UNDER_WAY_MAX,
  maySend,
  newSender,
  type Receiver,
  receive,
  type Sender,
} from '../../src/nodes/flow.ts';
import type { AckMessage, EntriesMessage } from '../../src/nodes/messages.ts';

const SESSION = 3;

/** What can happen; `which` chooses among the messages that are under way. */
type Happening =
  | { readonly type: 'grow' | 'send'; readonly positions: number }
  | { readonly type: 'deliver' | 'lose' | 'double' | 'apply'; readonly which: number }
  | { readonly type: 'silence' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    type: fc.constantFrom('grow' as const, 'send' as const),
    positions: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({
    type: fc.constantFrom('deliver' as const, 'lose' as const, 'double' as const, 'apply' as const),
    which: fc.nat(),
  }),
  fc.constant({ type: 'silence' as const }),
);

/** A log, of which every third position concerns the peer, and what both ends do with it. */
class Line {
  head = 0;
  sender: Sender = newSender(SESSION, 0);
  receiver: Receiver = { session: SESSION, taken: 0 };
  /** Positions of the entries, in the order in which they were given to the ledger. */
  readonly applied: number[] = [];
  /** Ends of messages that were given to the ledger and are not durable yet. */
  #applying: number[] = [];
  #durable = 0;
  /** In any order: the network may take out any of them next. */
  readonly #underWay: (EntriesMessage | AckMessage)[] = [];

  happen(what: Happening): void {
    if (what.type === 'grow') this.head += what.positions;
    if (what.type === 'send') this.#send(what.positions);
    if (what.type === 'silence') this.sender = afterSilence(this.sender);
    if (what.type === 'apply') this.#apply();
    if (what.type === 'deliver') this.#deliver(this.#pick(what.which, true));
    if (what.type === 'double') this.#deliver(this.#pick(what.which, false));
    if (what.type === 'lose') this.#pick(what.which, true);
  }

  /** Nothing is lost any more; whatever there is, is sent in the shortest messages. */
  heal(): void {
    for (let round = 0; round < 10 * (this.head + 1); round += 1) {
      this.sender = afterSilence(this.sender);
      for (let message = 0; message < MESSAGES_UNDER_WAY_MAX; message += 1) {
        this.#send(1);
        while (this.#underWay.length > 0) this.#deliver(this.#underWay.shift());
        while (this.#applying.length > 0) this.#apply();
        while (this.#underWay.length > 0) this.#deliver(this.#underWay.shift());
      }
    }
  }

  #send(positions: number): void {
    const after = this.sender.sent;
    const through = Math.min(after + positions, this.head);
    if (through === after || !maySend(this.sender)) return;
    const message = entries(after, through);
    this.sender = afterSending(this.sender, message);
    this.#underWay.push(message);
  }

  #pick(which: number, isTaken: boolean): EntriesMessage | AckMessage | undefined {
    if (this.#underWay.length === 0) return undefined;
    const index = which % this.#underWay.length;
    return isTaken ? this.#underWay.splice(index, 1)[0] : this.#underWay[index];
  }

  #deliver(message: EntriesMessage | AckMessage | undefined): void {
    if (message?.type === 'ack') this.sender = afterAck(this.sender, message);
    if (message?.type !== 'entries') return;
    const reception = receive(this.receiver, message);
    if (reception.kind === 'repeat') this.#acknowledge();
    if (reception.kind !== 'take') return;
    const { message: taken } = reception;
    this.receiver = afterTaking(this.receiver, taken);
    this.applied.push(...taken.entries.map(({ position }) => position));
    this.#applying.push(taken.through);
  }

  #apply(): void {
    const through = this.#applying.shift();
    if (through === undefined) return;
    this.#durable = through;
    this.#acknowledge();
  }

  #acknowledge(): void {
    this.#underWay.push({ type: 'ack', session: SESSION, through: this.#durable });
  }
}

function entries(after: number, through: number, session = SESSION): EntriesMessage {
  const positions = Array.from({ length: through - after }, (_, i) => after + 1 + i);
  const told = positions.filter(isEntry).map((position) => ({
    type: 'extend' as const,
    sku: null,
    location: null,
    reservationId: null,
    details: null,
    actor: 'ann',
    requestId: 'q',
    time: 1,
    position,
  }));
  return { type: 'entries', session, after, through, entries: told };
}

function isEntry(position: number): boolean {
  return position % 3 !== 0;
}

function allEntries(head: number): number[] {
  return Array.from({ length: head }, (_, i) => i + 1).filter(isEntry);
}

describe('whatever the network does', () => {
  test('every entry is taken once and in order, with none left out', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 200, size: 'max' }), (happenings) => {
        const line = new Line();
        for (const what of happenings) {
          line.happen(what);
          const expected = allEntries(line.head).slice(0, line.applied.length);
          expect(line.applied).toEqual(expected);
          expect(line.sender.acknowledged).toBeLessThanOrEqual(line.receiver.taken);
          expect(line.sender.underWay.length).toBeLessThanOrEqual(MESSAGES_UNDER_WAY_MAX);
        }
      }),
    );
  });

  test('both cursors meet at the end of the log when nothing is lost any more', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 200, size: 'max' }), (happenings) => {
        const line = new Line();
        for (const what of happenings) line.happen(what);
        line.heal();
        expect(line.applied).toEqual(allEntries(line.head));
        expect(line.receiver.taken).toBe(line.head);
        expect(line.sender).toMatchObject({
          acknowledged: line.head,
          sent: line.head,
          underWay: [],
        });
      }),
    );
  });
});

describe('an acknowledgement changes nothing', () => {
  const sent = [entries(4, 7), entries(7, 9)].reduce(afterSending, newSender(SESSION, 4));

  test.each([
    { why: 'of an older session', session: SESSION - 1, through: 7 },
    { why: 'of a newer session', session: SESSION + 1, through: 9 },
    { why: 'of what was never sent', session: SESSION, through: 10 },
    { why: 'that says again what is known', session: SESSION, through: 4 },
    { why: 'that is older than what is known', session: SESSION, through: 1 },
  ])('$why', ({ session, through }) => {
    expect(afterAck(sent, { type: 'ack', session, through })).toBe(sent);
  });

  test('of another session, whatever it says', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (session, through) => {
        fc.pre(session !== SESSION);
        expect(afterAck(sent, { type: 'ack', session, through })).toBe(sent);
      }),
    );
  });
});

test('an acknowledgement stands for everything before it', () => {
  const sent = [entries(0, 3), entries(3, 5), entries(5, 8)].reduce(
    afterSending,
    newSender(SESSION, 0),
  );
  const after = afterAck(sent, { type: 'ack', session: SESSION, through: 5 });
  expect(after).toMatchObject({ acknowledged: 5, sent: 8, underWay: [8] });
});

test('what was given up for lost and is acknowledged after all need not be sent again', () => {
  const sent = [entries(0, 3), entries(3, 8)].reduce(afterSending, newSender(SESSION, 0));
  const again = afterSending(afterSilence(sent), entries(0, 2));
  const after = afterAck(again, { type: 'ack', session: SESSION, through: 8 });
  expect(after).toMatchObject({ acknowledged: 8, sent: 8, underWay: [] });
});

test('a receiver ignores another session, and tells where it stands when a message does not follow', () => {
  const receiver: Receiver = { session: SESSION, taken: 5 };
  const kind = (message: EntriesMessage) => receive(receiver, message).kind;
  expect(kind(entries(5, 6))).toBe('take');
  expect(kind(entries(5, 6, SESSION - 1))).toBe('ignore');
  expect(kind(entries(5, 6, SESSION + 1))).toBe('ignore');
  expect(kind(entries(3, 5))).toBe('repeat');
  expect(kind(entries(6, 7))).toBe('repeat');
  expect(kind(entries(5, 5))).toBe('repeat');
});

test('of a message that reaches further than what was taken, the rest is taken', () => {
  const receiver: Receiver = { session: SESSION, taken: 5 };
  expect(receive(receiver, entries(3, 8))).toEqual({ kind: 'take', message: entries(5, 8) });
  expect(receive(receiver, entries(3, 6))).toEqual({ kind: 'take', message: entries(5, 6) });
});

test('a message that does not follow the one before is never sent', () => {
  expect(() => afterSending(newSender(SESSION, 2), entries(3, 4))).toThrow('follows');
});
