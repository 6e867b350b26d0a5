import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, readPage } from '../support/documents.ts';
import { type Started, Workshop } from '../support/processes.ts';

const DEMO = path.join(ROOT, 'scripts/demo/stores.ts');
const GUIDE = 'docs/guides/shops.md';

const workshop = new Workshop();
afterAll(() => workshop.close());

/** The demonstration, and where it keeps its files. */
function startDemo(): { demo: Started; folder: string } {
  const folder = mkdtempSync(path.join(workshop.folder, 'demo-'));
  // What another node gives is given in time on a busy machine, too.
  const env = { TMPDIR: folder, HOLDFAST_BORROW_WAIT_MS: '1000' };
  return { demo: workshop.start(process.execPath, [DEMO], { env }), folder };
}

/** Without how long things took. */
function untimed(text: string): string {
  return text.replace(/\d+(\.\d+)? (ms|s)\b/g, '<time>').trim();
}

describe('npm run demo:stores', { timeout: 180_000 }, () => {
  it('prints what the guide shows, and leaves nothing behind', async () => {
    const shown = readPage(GUIDE).blocks.find(({ info }) => info === 'text demo');
    const { demo, folder } = startDemo();
    const { code, out, err } = await demo.ended();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(untimed(out)).toBe(untimed(shown?.text ?? ''));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const { demo, folder } = startDemo();
    await demo.heard('out', /prints a token/);
    const [name = ''] = readdirSync(folder);
    expect(existsSync(path.join(folder, name, 'hub.db'))).toBe(true);
    const { code } = await demo.stop('SIGINT');
    // Whoever holds its output open is still there: `silent` settles when all of its servers are gone.
    await demo.silent;
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });
});
