import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Workshop } from '../support/processes.ts';

const workshop = new Workshop();
afterAll(() => workshop.close());

const RIGHT = 'exactly min(buyers, units) were sold';

describe('many buyers at once', { timeout: 180_000 }, () => {
  it.each([
    ['more buyers than units', 400, 10, 10],
    ['as many as units', 100, 100, 100],
    ['fewer than units', 50, 200, 50],
  ])('buy min(buyers, units): %s', async (_name, buyers, units, sold) => {
    const words = ['stress', '--buyers', `${buyers}`, '--units', `${units}`];
    const { code, out, err } = await workshop.run(words);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(figures(out)).toMatchObject({ sold, unsold: units - sold, oversold: 0, failed: 0 });
    expect(figures(out)['refused']).toBe(buyers - sold);
    expect(out).toContain(RIGHT);
  });

  it('stop asking when the experiment is told to stop', async () => {
    const folder = mkdtempSync(path.join(workshop.folder, 'stress-'));
    const started = workshop.holdfast(['stress', '--buyers', '50000'], { env: { TMPDIR: folder } });
    await expect.poll(() => existsSync(walOf(folder)), { timeout: 60_000 }).toBe(true);
    const { code, err } = await started.stop('SIGINT');
    expect({ code, err }).toEqual({
      code: 1,
      err: 'holdfast: stopped before every buyer had an answer\n',
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('buy from a server that runs', async () => {
    const server = workshop.serve(workshop.database());
    const words = ['stress', '--buyers', '200', '--units', '7', '--url', await server.url()];
    expect(await workshop.run(words)).toMatchObject({ code: 0 });
    const again = await workshop.run(words);
    expect(figures(again.out)).toMatchObject({ sold: 7, oversold: 0, refused: 193 });
    await server.stop();
  });

  it('show the key that they were given', async () => {
    const words = ['serve', '--port', '0', '--database', workshop.database()];
    const env = { HOLDFAST_API_KEYS: 'buyers:secret-of-theirs' };
    const server = workshop.holdfast(words, { env });
    const stress = ['stress', '--buyers', '20', '--units', '3', '--url', await server.url()];
    const stranger = await workshop.run(stress);
    expect(stranger).toMatchObject({ code: 1, err: expect.stringContaining('401') });
    const known = await workshop.run(stress, { env: { HOLDFAST_API_KEY: 'secret-of-theirs' } });
    expect(known).toMatchObject({ code: 0, out: expect.stringContaining(RIGHT) });
    await server.stop();
  });

  it('say that nobody answers where no server is', async () => {
    const { code, err } = await workshop.run(['stress', '--url', 'http://127.0.0.1:9']);
    expect(code).toBe(1);
    expect(err).toContain('ECONNREFUSED');
  });

  it('are refused as a command line that makes no sense', async () => {
    for (const words of [
      ['--buyers', '0'],
      ['--units', '1.5'],
      ['--url', 'not a url'],
    ]) {
      expect(await workshop.run(['stress', ...words])).toMatchObject({ code: 2 });
    }
  });
});

/** The write-ahead log of the experiment's own database: when it is there, the server has begun. */
function walOf(folder: string): string {
  return path.join(folder, readdirSync(folder)[0] ?? '', 'stress.db-wal');
}

function figures(out: string): Record<string, number> {
  const rows = [...out.matchAll(/^(\S.*?) {2,}([\d,]+)$/gm)];
  return Object.fromEntries(
    rows.map(([, label = '', value = '']) => [label, Number(value.replaceAll(',', ''))]),
  );
}
