import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inbox } from '../../src/nodes/nats/inbox.ts';
import { MESSAGE_BYTES_MAX, PARTS_AHEAD_MAX } from '../../src/nodes/nats/options.ts';
import { Assembler, endPart, partsOf } from '../../src/nodes/nats/parts.ts';
import { open, seal } from '../../src/nodes/nats/seal.ts';

const KEY = randomBytes(32);

/** Messages as sealed pieces, numbered from 1. */
function sealed(texts: readonly string[], partBytesMax: number): Uint8Array[] {
  const parts = texts.flatMap((text) => partsOf(text, partBytesMax));
  return parts.map((part, i) => seal(KEY, i + 1, part));
}

function textsOf(inbox: Inbox, pieces: readonly Uint8Array[]): string[] {
  const arrived = pieces.flatMap((piece) => inbox.take(piece).arrived);
  return arrived.flatMap((one) => (one.kind === 'text' ? [one.text] : []));
}

describe('a message in parts', () => {
  it.each([
    ['nothing', ''],
    ['a letter', 'a'],
    ['what fills a part', 'ab'.repeat(50)],
    ['signs of several bytes, cut anywhere', 'é€😀'.repeat(99)],
    ['what is compressed', 'entry '.repeat(5_000)],
    ['what cannot be compressed', randomBytes(5_000).toString('base64')],
  ])('is the same again: %s', (_what, text) => {
    for (const size of [1, 7, 100, 128 * 1_024]) {
      const parts = partsOf(text, size);
      expect(parts.every(({ length }) => length <= size + 1)).toBe(true);
      const assembler = new Assembler();
      const taken = parts.map((part) => assembler.take(part));
      expect(taken.at(-1)).toEqual({ kind: 'text', text });
      expect(taken.slice(0, -1).every(({ kind }) => kind === 'nothing')).toBe(true);
    }
  });

  it('is told from the end', () => {
    expect(new Assembler().take(endPart('ü'))).toEqual({ kind: 'end', reason: 'ü' });
  });

  it('is too large when it is larger than any message, however small it was made', () => {
    const assembler = new Assembler();
    const [bomb = new Uint8Array()] = partsOf(' '.repeat(MESSAGE_BYTES_MAX + 1), 1_000_000);
    expect(assembler.take(bomb)).toEqual({ kind: 'tooLarge' });
    const most = partsOf(' '.repeat(MESSAGE_BYTES_MAX), 1_000_000);
    expect(new Assembler().take(most[0] ?? bomb).kind).toBe('text');
  });
});

describe('a sealed piece', () => {
  it('opens with its key only, as it was, under its number', () => {
    const content = Buffer.from('hush');
    const piece = seal(KEY, 7, content);
    expect(open(KEY, piece)).toEqual({ number: 7, content });
    expect(Buffer.from(piece).includes(content)).toBe(false);
    expect(open(randomBytes(32), piece)).toBeUndefined();
    for (let i = 0; i < piece.length; i += 1) {
      const changed = Buffer.from(piece);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(open(KEY, changed)).toBeUndefined();
    }
    expect(open(KEY, piece.subarray(0, 10))).toBeUndefined();
    expect(open(KEY, new Uint8Array())).toBeUndefined();
  });
});

describe('what arrives', () => {
  const texts = Array.from({ length: 20 }, (_, i) => `${i} `.repeat(i + 1));

  it('is in order and once, however it comes, and whatever others send', () => {
    const pieces = sealed(texts, 10);
    const mixed = fc
      .shuffledSubarray([...pieces, ...pieces], { minLength: pieces.length * 2 })
      .chain((all) => fc.tuple(fc.constant(all), fc.array(fc.uint8Array({ maxLength: 60 }))));
    fc.assert(
      fc.property(mixed, ([all, rubbish]) => {
        const sent = all.flatMap((piece, i) => [piece, ...(rubbish[i] ? [rubbish[i]] : [])]);
        expect(textsOf(new Inbox(KEY), sent)).toEqual(texts);
      }),
      { numRuns: 50 },
    );
  });

  it('waits for what it follows', () => {
    const pieces = sealed(texts, 1_000);
    const inbox = new Inbox(KEY);
    expect(textsOf(inbox, pieces.slice(1))).toEqual([]);
    expect(inbox.heardUpTo).toBe(0);
    expect(textsOf(inbox, pieces.slice(0, 1))).toEqual(texts);
    expect(inbox.heardUpTo).toBe(pieces.length);
  });

  it('says whether it is a sign of the peer', () => {
    const [first = new Uint8Array()] = sealed(texts, 1_000);
    const inbox = new Inbox(KEY);
    expect(inbox.take(randomBytes(50)).isNew).toBe(false);
    expect(inbox.take(first).isNew).toBe(true);
    expect(inbox.take(first).isNew).toBe(false);
  });

  it('is given up when too much waits for what does not come', () => {
    const inbox = new Inbox(KEY);
    const [part = new Uint8Array()] = partsOf('a', 10);
    const pieces = Array.from({ length: PARTS_AHEAD_MAX }, (_, i) => seal(KEY, i + 2, part));
    expect(pieces.flatMap((piece) => inbox.take(piece).arrived)).toEqual([]);
    const { arrived } = inbox.take(seal(KEY, PARTS_AHEAD_MAX + 2, part));
    expect(arrived).toEqual([{ kind: 'lost' }]);
  });
});
