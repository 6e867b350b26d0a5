import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorFormat } from './cursor.ts';
import { type ListSource, readListing } from './listing.ts';

/** The numbers from 1 to `length`, as a list. */
function numbersTo(length: number): ListSource<{ n: number }, number> {
  const rows = Array.from({ length }, (_, i) => i + 1);
  return {
    cursors: cursorFormat('numbers', { n: 'integer' }),
    scope: [],
    read: async ({ after, limit }) => rows.filter((n) => n > (after?.n ?? 0)).slice(0, limit),
    keyOf: (n) => ({ n }),
  };
}

describe('the pages of a list', () => {
  it('make up the whole list, are full but for the last, and end with it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 12 }), async (length, limit) => {
        const pages: (readonly number[])[] = [];
        let cursor: string | null | undefined;
        while (cursor !== null) {
          const page = await readListing(numbersTo(length), { limit, ...(cursor && { cursor }) });
          if (!page.ok) throw new Error(page.refusal.code);
          pages.push(page.value.data);
          cursor = page.value.nextCursor;
        }
        expect(pages.flat()).toEqual(Array.from({ length }, (_, i) => i + 1));
        expect(pages).toHaveLength(Math.max(Math.ceil(length / limit), 1));
      }),
    );
  });

  it('end early where rows have many lines, and still make up the whole list', async () => {
    const source = { ...numbersTo(1_000), linesOf: (n: number) => (n <= 100 ? 2_000 : 1) };
    const lengths: number[] = [];
    const rows: number[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page = await readListing(source, { limit: 200, ...(cursor && { cursor }) });
      if (!page.ok) throw new Error(page.refusal.code);
      lengths.push(page.value.data.length);
      rows.push(...page.value.data);
      cursor = page.value.nextCursor;
    }
    expect(rows).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
    expect(lengths).toEqual([...new Array(10).fill(10), 200, 200, 200, 200, 100]);
  });

  it('hold 100 rows unless asked otherwise', async () => {
    const page = await readListing(numbersTo(101), {});
    expect(page.ok && page.value.data).toHaveLength(100);
  });

  it('are turned down for a cursor from elsewhere, which is quoted', async () => {
    const page = await readListing(numbersTo(3), { cursor: 'nonsense' });
    expect(page).toEqual({ ok: false, refusal: { code: 'invalid_cursor', cursor: 'nonsense' } });
  });
});
