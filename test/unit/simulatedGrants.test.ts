import { describe, expect, it } from 'vitest';
import { GrantBook } from '../../simulator/checks/grantBook.ts';
import { moved } from '../support/givenLink.ts';

/** The shop passes units to the hub, at this position of its log. */
function sent(units: number, position: number, replayOf?: number) {
  const details = replayOf === undefined ? { peer: 'hub' } : { peer: 'hub', replayOf };
  return moved('grant', ['available', 'transit'], units, { position, details });
}

/** The hub takes in what the shop's log has at that position. */
function taken(units: number, grant: number) {
  return moved('accept', ['transit', 'available'], units, { details: { peer: 'shop', grant } });
}

function open() {
  const book = new GrantBook();
  return {
    book,
    send: (units: number, position: number, replayOf?: number) =>
      book.granted('shop', sent(units, position, replayOf)),
    take: (units: number, grant: number) => book.accepted('hub', taken(units, grant)),
    lose: (units: number, position: number) => book.lost('shop', [sent(units, position)]),
    findings: () => [...book.findings()],
    inFlight: () => book.inFlight('apple', 'north'),
  };
}

describe('the book of all grants, when a sender has lost one', () => {
  it('takes what arrives for the like that is sent from the same position, if the lost one has not arrived', () => {
    const { send, take, lose, findings, inFlight } = open();
    send(2, 39);
    lose(2, 39);
    send(2, 39);
    take(2, 39);
    expect(findings()).toEqual([]);
    expect(inFlight()).toBe(0);
  });

  it('misses the one that is sent from the same position, if the lost one has arrived', () => {
    const { send, take, lose, findings } = open();
    send(2, 39);
    take(2, 39);
    lose(2, 39);
    send(2, 39);
    expect(findings()).toEqual([
      '2 of apple at north (shop hub 39) arrived and are not in the log of the sender',
      '2 of apple at north (shop hub 39) never arrived',
    ]);
    take(2, 39);
    send(2, 45, 39);
    expect(findings()).toEqual([]);
  });

  it('puts back the one that arrived, and no other that was sent from there', () => {
    const { send, take, lose, findings } = open();
    send(3, 39);
    lose(3, 39);
    send(2, 39);
    take(2, 39);
    lose(2, 39);
    send(2, 45, 39);
    expect(findings()).toEqual([]);
  });

  it('finds units that arrive twice', () => {
    const { send, take } = open();
    send(2, 39);
    take(2, 39);
    expect(() => take(2, 39)).toThrow(
      "hub takes in 2 of apple from shop's position 39, which were not sent or have arrived before",
    );
  });

  it('finds units that were lost with what the receiver has lost', () => {
    const { book, send, take, findings } = open();
    send(3, 39);
    take(3, 39);
    book.lost('hub', [taken(3, 39)]);
    expect(findings()).toEqual(['3 of apple at north (shop hub 39) never arrived']);
  });
});
