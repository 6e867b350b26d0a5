import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Started, Workshop } from '../support/processes.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

/** More than anybody buys while a command runs. */
const PLENTY = 100_000_000;

const workshop = new Workshop();
afterAll(() => workshop.close());

function file(name: string, text: string): string {
  const at = path.join(workshop.folder, name);
  writeFileSync(at, text);
  return at;
}

async function send(url: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return JSON.parse(await response.text());
}

describe('beside a running server', () => {
  const database = workshop.database();
  const flags = ['--database', database];
  let server: Started;
  let url: string;

  beforeAll(async () => {
    await workshop.run(['seed', ...flags]);
    server = workshop.serve(database, '--log-level', 'warn');
    url = await server.url();
    const plenty = { type: 'receive', sku: 'MUG-BLUE', location: 'WAREHOUSE-1', quantity: PLENTY };
    await send(`${url}/v1/movements`, plenty);
  });

  function reserve(content: object = {}) {
    const lines = [{ sku: 'MUG-BLUE', location: 'WAREHOUSE-1', quantity: 1 }];
    return send(`${url}/v1/reservations`, { lines, ...content });
  }

  /** Asks again when the command that writes beside the server kept it waiting for too long, so that nothing was done. */
  async function buyOne(): Promise<void> {
    const { status, code } = await reserve();
    if (code === 'unavailable') return buyOne();
    expect(status).toBe('held');
  }

  it('verify and export read the books while they are written', async () => {
    let isDone = false;
    let made = 0;
    const buyer = async () => {
      for (; !isDone; made += 1) await buyOne();
    };
    const buyers = Promise.all([buyer(), buyer(), buyer()]);
    const verified = await workshop.run(['verify', ...flags]);
    const exported = await workshop.run(['export', 'events', ...flags]);
    isDone = true;
    await buyers;
    expect(verified).toMatchObject({ code: 0, err: '' });
    expect(verified.out).toContain('the books are right');
    const positions = exported.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).position);
    expect(positions).toEqual(positions.map((_, index) => index + 1));
    expect(made).toBeGreaterThan(0);
  });

  it('import changes stock that the server sells at once', async () => {
    const products = file('p.csv', 'sku,name\nNEW,New thing\n');
    const stock = file('s.csv', 'sku,location,onHand\nNEW,WAREHOUSE-1,1\n');
    expect(await workshop.run(['import', products, ...flags])).toMatchObject({ code: 0 });
    expect(await workshop.run(['import', stock, ...flags])).toMatchObject({ code: 0 });
    const lines = [{ sku: 'NEW', location: 'WAREHOUSE-1', quantity: 1 }];
    expect((await reserve({ lines }))['status']).toBe('held');
    expect((await reserve({ lines }))['code']).toBe('insufficient_stock');
    const below = file('b.csv', 'sku,location,onHand\nNEW,WAREHOUSE-1,0\n');
    const refused = await workshop.run(['import', below, ...flags]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toContain('line 2: onHand is 0, but 1 units are reserved');
  });

  it('both sides write, and nothing is lost or sold twice', async () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => `P${index},Product ${index}`);
    const importing = workshop.run([
      'import',
      file('m.csv', `sku,name\n${rows.join('\n')}`),
      ...flags,
    ]);
    let isDone = false;
    const buyer = async () => {
      while (!isDone) await buyOne();
    };
    const buyers = Promise.all([buyer(), buyer()]);
    const imported = await importing;
    isDone = true;
    await buyers;
    expect(imported).toMatchObject({ code: 0 });
    expect(await workshop.run(['verify', ...flags])).toMatchObject({ code: 0 });
  });

  it('redact erases what may be personal, and the books stay right', async () => {
    const { id } = await reserve({
      reference: 'order of J. Doe',
      metadata: { mail: 'j@doe.example' },
    });
    const redacted = await workshop.run(['redact', String(id), ...flags]);
    expect(redacted).toMatchObject({ code: 0, err: '' });
    const response = await fetch(`${url}/v1/reservations/${id}`);
    expect(await response.json()).toMatchObject({
      status: 'held',
      reference: null,
      metadata: null,
    });
    const again = await workshop.run(['redact', 'nobody', ...flags]);
    expect(again).toMatchObject({ code: 1 });
    expect(again.err).toContain('nobody');
    expect(await workshop.run(['verify', ...flags])).toMatchObject({ code: 0 });
  });

  it('reset is refused, and done once the server is gone', async () => {
    const refused = await workshop.run(['reset', '--yes', ...flags]);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('a server or another command has it open; stop that first');
    expect((await reserve())['status']).toBe('held');
    server.child.kill('SIGKILL');
    await server.ended();
    expect(await workshop.run(['reset', '--yes', ...flags])).toMatchObject({ code: 0, err: '' });
    const { out } = await workshop.run(['export', 'stock', ...flags]);
    expect(out).toBe('sku,location,onHand\n');
  });
});

describe('reset', () => {
  it('asks, and without a terminal wants --yes', async () => {
    const flags = ['--database', workshop.database()];
    await workshop.run(['seed', ...flags]);
    const refused = await workshop.run(['reset', ...flags]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toContain('add --yes');
    expect((await workshop.run(['verify', ...flags])).out).toContain('27 events');
  });

  it('leaves databases of other programs alone', async () => {
    const other = path.join(workshop.folder, 'other.db');
    new DatabaseSync(other).exec('CREATE TABLE diary (day TEXT)');
    const { code, err } = await workshop.run(['reset', '--yes', '--database', `sqlite:${other}`]);
    expect(code).toBe(1);
    expect(err).toContain('holds no ledger of Holdfast');
    expect(new DatabaseSync(other).prepare('SELECT count(*) AS n FROM diary').get()).toBeTruthy();
  });
});

describe('an import that is killed half way', () => {
  it('is completed by the next one, and nothing is counted twice', async () => {
    const flags = ['--database', workshop.database()];
    const skus = Array.from({ length: 40_000 }, (_, index) => `SKU-${index}`);
    const rows = skus.map((sku) => `${sku},Thing`);
    const products = file('many.csv', `sku,name\n${rows.join('\n')}\n`);
    await workshop.run(['seed', ...flags]);
    const importing = workshop.holdfast(['import', products, ...flags]);
    await expect
      .poll(() => countOf(flags, 'SKU-'), { timeout: 60_000, interval: 10 })
      .toBeGreaterThan(0);
    importing.child.kill('SIGKILL');
    await importing.ended();
    const half = countOf(flags, 'SKU-');
    expect(half % 5_000).toBe(0);
    expect((await workshop.run(['import', products, ...flags])).out).toMatch(
      `40,000 lines read, ${(40_000 - half).toLocaleString('en')} changes made`,
    );
    const { out } = await workshop.run(['verify', ...flags]);
    expect(out).toContain('40,027 events');
  });

  /** How many products there are whose SKU begins so, as another program sees it. */
  function countOf([, database = '']: readonly string[], prefix: string): number {
    const db = new DatabaseSync(database.slice('sqlite:'.length), { readOnly: true });
    const found = db.prepare("SELECT count(*) AS n FROM products WHERE sku LIKE ? || '%'");
    const count = Number(found.get(prefix)?.['n']);
    db.close();
    return count;
  }
});

describe('an export', () => {
  it('goes round: what it wrote makes the same stock in another database', async () => {
    const from = ['--database', workshop.database()];
    const to = ['--database', workshop.database()];
    await workshop.run(['seed', ...from]);
    for (const subject of ['products', 'locations', 'stock']) {
      const out = path.join(workshop.folder, `${subject}.csv`);
      expect(await workshop.run(['export', subject, '--out', out, ...from])).toMatchObject({
        code: 0,
      });
      expect(await workshop.run(['import', out, ...to])).toMatchObject({ code: 0, err: '' });
      expect((await workshop.run(['export', subject, ...to])).out).toBe(readFileSync(out, 'utf8'));
    }
  });

  it.skipIf(process.platform === 'win32')(
    'ends quietly when its reader has had enough',
    async () => {
      const flags = ['--database', workshop.database()];
      const rows = Array.from({ length: 5_000 }, (_, index) => `${index},${'x'.repeat(200)}`);
      await workshop.run(['import', file('long.csv', `sku,name\n${rows.join('\n')}`), ...flags]);
      const main = path.resolve(import.meta.dirname, '../../src/main.ts');
      const line = `"${process.execPath}" "${main}" export products ${flags.join(' ')} | head -n 1`;
      const piped = await workshop.start('bash', ['-o', 'pipefail', '-c', line]).ended();
      expect(piped).toMatchObject({
        code: 0,
        out: 'sku,name,description,category,attributes\n',
        err: '',
      });
    },
  );

  it.skipIf(!existsSync('/dev/full'))('that is lost on a full disk is a fault', async () => {
    const flags = ['--database', workshop.database()];
    await workshop.run(['seed', ...flags]);
    const main = path.resolve(import.meta.dirname, '../../src/main.ts');
    for (const words of ['export stock', 'verify', '--help']) {
      const options = words === '--help' ? '' : flags.join(' ');
      const line = `"${process.execPath}" "${main}" ${words} ${options} > /dev/full`;
      const full = await workshop.start('bash', ['-c', line]).ended();
      expect(full).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^holdfast: .*ENOSPC.*\n$/),
      });
    }
  });

  it('of events is CSV when that is wanted', async () => {
    const flags = ['--database', workshop.database()];
    await workshop.run(['seed', ...flags]);
    const { out } = await workshop.run(['export', 'events', '--format', 'csv', ...flags]);
    const lines = out.trim().split('\n');
    expect(lines[0]).toMatch(
      /^position,node,time,type,sku,location,version,quantity,from,to,actor/,
    );
    expect(lines.at(-1)).toMatch(
      /^27,local,[^,]+,count,ROOM-DOUBLE-0704,HOTEL,1,12,shrinkage,available,seed,/,
    );
    const wrong = await workshop.run(['export', 'stock', '--format', 'csv', ...flags]);
    expect(wrong).toMatchObject({ code: 2 });
  });
});

describe('verify', () => {
  it('tell findings from faults', async () => {
    const flags = ['--database', workshop.database()];
    await workshop.run(['seed', ...flags]);
    const db = new DatabaseSync(flags[1]?.slice('sqlite:'.length) ?? '');
    db.exec('UPDATE levels SET available = available + 1 WHERE id = 1');
    db.close();
    const verified = await workshop.run(['verify', ...flags]);
    expect(verified).toMatchObject({ code: 3, err: '' });
    expect(verified.out).toMatch(/^level_differs: .*\n(.*\n)*the books are wrong: /);
    expect(await workshop.run(['rebuild', ...flags])).toMatchObject({ code: 0 });
    expect(await workshop.run(['verify', ...flags])).toMatchObject({ code: 0 });
  });
});
