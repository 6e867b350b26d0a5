import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url } from './base64url.ts';
import { CURSOR_LENGTH_MAX, cursorFormat } from './cursor.ts';

const stock = cursorFormat('stock', { sku: 'string', location: 'string' });
const holds = cursorFormat('holds', { expiresAt: 'integer', reservationId: 'string' });

const anyText = fc.string({ unit: 'grapheme', maxLength: 200 });
const anyIdentifier = fc.string({ unit: 'grapheme', maxLength: 40 });
const scope = fc.array(fc.option(anyText, { nil: undefined }), { maxLength: 4 });

describe('base64url', () => {
  it('is what Node makes of the same text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const encoded = Buffer.from(text).toString('base64url');
        expect(toBase64url(text)).toBe(encoded);
        expect(fromBase64url(encoded)).toBe(text);
      }),
    );
  });

  it.each(['a', 'a+b=', '/w', '_w', 'gA', 'ä', ' '])('does not take %j', (text) => {
    expect(fromBase64url(text)).toBeUndefined();
  });
});

describe('a cursor', () => {
  it('gives back the key that it was made of', () => {
    fc.assert(
      fc.property(anyIdentifier, anyIdentifier, scope, (sku, location, filters) => {
        const cursor = stock.write({ sku, location }, filters);
        expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(stock.read(cursor, filters)).toEqual({ sku, location });
      }),
    );
  });

  it('is short enough for the longest identifiers', () => {
    const longest = '\u{1f3bf}'.repeat(128);
    const cursor = stock.write({ sku: longest, location: longest }, []);
    expect(cursor.length).toBeLessThan(CURSOR_LENGTH_MAX);
  });

  it('belongs to one list with one set of filters', () => {
    const cursor = stock.write({ sku: 'a', location: 'b' }, ['a', undefined]);
    expect(stock.read(cursor, ['b', undefined])).toBeUndefined();
    expect(stock.read(cursor, [undefined, 'a'])).toBeUndefined();
    expect(
      cursorFormat('other', { sku: 'string', location: 'string' }).read(cursor, ['a', undefined]),
    ).toBeUndefined();
    expect(holds.read(cursor, ['a', undefined])).toBeUndefined();
  });

  const forged = (json: string) => toBase64url(json);
  const fingerprint = /^\[1,"stock",(\d+),/.exec(
    fromBase64url(stock.write({ sku: 'a', location: 'b' }, [])) ?? '',
  )?.[1];

  it.each([
    ['nothing', ''],
    ['no base64url', 'a b'],
    ['no JSON', forged('[1,')],
    ['no list', forged('{"sku":"a"}')],
    ['another version', forged(`[2,"stock",${fingerprint},"a","b"]`)],
    ['a field too few', forged(`[1,"stock",${fingerprint},"a"]`)],
    ['a field too many', forged(`[1,"stock",${fingerprint},"a","b","c"]`)],
    ['a number for a text', forged(`[1,"stock",${fingerprint},"a",1]`)],
    ['a control character', forged(`[1,"stock",${fingerprint},"a","\\u0000"]`)],
    ['half a surrogate pair', forged(`[1,"stock",${fingerprint},"a","\\ud800"]`)],
    ['another spelling', forged(`[1, "stock",${fingerprint},"a","b"]`)],
    ['too much', 'A'.repeat(CURSOR_LENGTH_MAX + 4)],
  ])('is not taken when it holds %s', (_what, cursor) => {
    expect(stock.read(cursor, [])).toBeUndefined();
  });

  it('is never taken when it was made up', () => {
    const anything = fc.oneof(fc.string(), fc.json().map(forged), fc.base64String());
    fc.assert(
      fc.property(anything, (cursor) => {
        expect(holds.read(cursor, [])).toBeUndefined();
      }),
    );
  });
});
