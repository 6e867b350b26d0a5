import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutsideFile } from '../../src/storage/sqlite/outsideFile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-outside-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('several that open a database at the same time each write whole numbers, and leave one file', async () => {
  const database = path.join(folder, 'holdfast.db');
  const files = Array.from({ length: 8 }, () => new OutsideFile(database));
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      files.map((file, i) => file.replace({ current: i, next: i + 1, position: round })),
    );
    const outside = await new OutsideFile(database).read();
    expect(outside?.next).toBe((outside?.current ?? 0) + 1);
  }
  for (const file of files) file.close();
  expect(readdirSync(folder)).toEqual(['holdfast.db.incarnation']);
});
