import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { answers, type Started, Workshop } from '../support/processes.ts';

// Processes take their time where others use the cores too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const workshop = new Workshop();
afterAll(() => workshop.close());

const onWindows = process.platform === 'win32';
const hasCurl = spawnSync('curl', ['--version']).error === undefined;

/** `npm start` in a process group of its own, as a shell starts it. */
function npmStart(database: string, env: Readonly<Record<string, string>> = {}): Started {
  const args = ['start', '--', '--port', '0', '--database', database];
  return workshop.start('npm', args, { detached: true, env });
}

function reserve(url: string): Promise<Response> {
  const lines = [{ sku: 'MUG-BLUE', location: 'WAREHOUSE-1', quantity: 1 }];
  return fetch(`${url}/v1/reservations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ lines }),
  });
}

/** Whether the server has promised a unit; false when it is going or gone. */
async function isReserved(url: string): Promise<boolean> {
  try {
    const response = await reserve(url);
    await response.arrayBuffer();
    return response.status === 201;
  } catch {
    return false;
  }
}

describe.skipIf(onWindows)('npm start', () => {
  it('prints where the docs are, and a line that makes a reservation when it is pasted', async ({
    skip,
  }) => {
    if (!hasCurl) skip('curl is not on the path');
    const database = workshop.database();
    const started = npmStart(database);
    const url = await started.url();
    const [, docs = ''] = await started.heard('out', /API docs +(\S+)/);
    expect((await fetch(docs)).status).toBe(200);
    const [, line = ''] = await started.heard('out', /^ +(curl .*)$/m);
    for (let i = 0; i < 2; i++) {
      const { stdout } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
      expect(JSON.parse(stdout)).toMatchObject({ status: 'held' });
    }
    expect(await answers(url)).toBe(true);
    process.kill(-started.pid, 'SIGTERM');
    await started.silent;
  });

  it('keeps the data and loads the sample only the first time', async () => {
    const database = workshop.database();
    const first = npmStart(database);
    expect(await first.url()).toBeTruthy();
    expect(first.out).toContain('sample');
    expect((await reserve(await first.url())).status).toBe(201);
    process.kill(-first.pid, 'SIGINT');
    await first.silent;
    const before = (await workshop.run(['export', 'events', '--database', database])).out;
    const second = npmStart(database);
    await second.url();
    expect(second.out).not.toContain('sample');
    process.kill(-second.pid, 'SIGINT');
    await second.silent;
    expect((await workshop.run(['export', 'events', '--database', database])).out).toBe(before);
  });

  it.each<[string, (npm: Started) => unknown]>([
    ['SIGTERM to npm', ({ pid }) => process.kill(pid, 'SIGTERM')],
    ['SIGTERM to the process group', ({ pid }) => process.kill(-pid, 'SIGTERM')],
    ['SIGINT to the process group', ({ pid }) => process.kill(-pid, 'SIGINT')],
    ['SIGHUP to the process group', ({ pid }) => process.kill(-pid, 'SIGHUP')],
    ['SIGKILL of npm', ({ pid }) => process.kill(pid, 'SIGKILL')],
    [
      'SIGTERM to the process group, twice',
      ({ pid }) => {
        process.kill(-pid, 'SIGTERM');
        process.kill(-pid, 'SIGTERM');
      },
    ],
  ])('leaves no server behind after %s', async (_name, kill) => {
    const started = npmStart(workshop.database());
    const url = await started.url();
    await kill(started);
    await started.heard('err', /"msg":"stopped"/);
    await started.silent;
    expect(await answers(url)).toBe(false);
  });

  it('leaves no server behind when npm is killed and nobody reads its output any more', async () => {
    const database = workshop.database();
    const started = npmStart(database);
    const url = await started.url();
    started.child.stdout?.destroy();
    started.child.stderr?.destroy();
    await reserve(url);
    process.kill(started.pid, 'SIGKILL');
    await expect.poll(() => answers(url), { timeout: 60_000 }).toBe(false);
    await expect
      .poll(async () => (await workshop.run(['reset', '--yes', '--database', database])).code, {
        timeout: 60_000,
      })
      .toBe(0);
  });
});

describe('a server that is told to stop', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('by %s ends with 0', async (signal) => {
    const started = workshop.serve(workshop.database());
    await started.url();
    expect(await started.stop(signal)).toMatchObject({ code: 0, signal: null });
  });

  it('several times is not cut short', async () => {
    const started = workshop.serve(workshop.database());
    await started.url();
    for (let i = 0; i < 5; i++) started.child.kill('SIGTERM');
    expect(await started.ended()).toMatchObject({ code: 0 });
  });

  it('while clients are connected and idle does not wait for them', async () => {
    const started = workshop.serve(workshop.database());
    const { port } = new URL(await started.url());
    const idle = net.connect(Number(port), '127.0.0.1');
    idle.on('error', () => undefined);
    await new Promise((resolve) => idle.once('connect', resolve));
    expect(await started.stop()).toMatchObject({ code: 0 });
    idle.destroy();
  });

  it('does not wait for a request that never arrives in full', async () => {
    const started = workshop.serve(workshop.database(), '--drain-seconds', '2');
    const { port } = new URL(await started.url());
    const slow = net.connect(Number(port), '127.0.0.1');
    slow.on('error', () => undefined);
    slow.write('POST /v1/movements HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{');
    // Once this is answered, what was sent before it has been seen.
    await fetch(`http://127.0.0.1:${port}/healthz`);
    started.child.kill('SIGTERM');
    expect(await started.ended()).toMatchObject({ code: 0 });
    slow.destroy();
  });

  it('while somebody follows the events ends the stream', async () => {
    const started = workshop.serve(workshop.database());
    const url = await started.url();
    const stream = await fetch(`${url}/v1/events`, { headers: { accept: 'text/event-stream' } });
    expect(stream.status).toBe(200);
    const read = stream.text().catch(() => 'cut');
    expect(await started.stop()).toMatchObject({ code: 0 });
    await read;
  });

  it('has done all that it has answered, and nothing else twice', async () => {
    const database = workshop.database();
    await workshop.run(['seed', '--database', database]);
    const started = workshop.serve(database, '--log-level', 'warn');
    const url = await started.url();
    let answered = 0;
    const buyer = async () => {
      while (await isReserved(url)) {
        answered += 1;
        if (answered === 200) started.child.kill('SIGTERM');
      }
    };
    await Promise.all(Array.from({ length: 20 }, buyer));
    expect(await started.ended()).toMatchObject({ code: 0 });
    const { out } = await workshop.run(['export', 'events', '--database', database]);
    const holds = out.split('\n').filter((line) => line.includes('"type":"reserve"'));
    expect(holds.length).toBe(answered);
    expect(await workshop.run(['verify', '--database', database])).toMatchObject({ code: 0 });
  });
});

describe.concurrent('a server that cannot start says why in one line', () => {
  async function fault(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { code, err, out } = await workshop.run(['serve', '--port', '0', ...words], { env });
    expect(err.trimEnd().split('\n').length, err).toBe(1);
    expect(err).toMatch(/^holdfast: /);
    expect(out).toBe('');
    return { code, err };
  }

  it('when the port is in use', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as net.AddressInfo;
    const database = workshop.database();
    const { code, err } = await fault(['--port', String(port), '--database', database]);
    other.close();
    expect(code).toBe(1);
    expect(err).toContain(`port ${port} of 127.0.0.1 is in use by another program`);
  });

  it('when the folder cannot be written', async () => {
    const notAFolder = path.resolve(import.meta.dirname, '../../package.json');
    const { code, err } = await fault(['--database', `sqlite:${notAFolder}/x/holdfast.db`]);
    expect(code).toBe(1);
    expect(err).toContain(`cannot open the database ${notAFolder}`);
  });

  it('when the database is of a newer schema', async () => {
    const database = workshop.database();
    await workshop.run(['seed', '--database', database]);
    const db = new DatabaseSync(database.slice('sqlite:'.length));
    db.exec('PRAGMA user_version = 999');
    db.close();
    const { code, err } = await fault(['--database', database]);
    expect(code).toBe(1);
    expect(err).toContain('schema 999');
  });

  it('when the database belongs to another node', async () => {
    const database = workshop.database();
    await workshop.run(['seed', '--database', database]);
    const { err } = await fault(['--database', database, '--node', 'shop-7']);
    expect(err).toContain('not to "shop-7"');
  });

  it.each([
    [['--hub', 'http://127.0.0.1:1'], 'this node has not joined its hub yet; add --token'],
    [['--hub', 'nats://a/hub', '--nats', 'nats://b'], 'leave out one of them'],
  ])('as a shop with %j, and no database is left behind', async (words, message) => {
    const database = workshop.database();
    const { code, err } = await fault([...words, '--database', database]);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(existsSync(database.slice('sqlite:'.length))).toBe(false);
  });

  it.each([
    [['--port', 'x'], {}, '--port is "x"; expected a whole number from 0 to 65535'],
    [[], { HOLDFAST_DRAIN_SECOND: '5' }, 'did you mean HOLDFAST_DRAIN_SECONDS?'],
    [['--host', '0.0.0.0'], {}, 'which others can reach, and there are no API keys'],
    [['--database', 'postgres://me:hush@db:x/x'], {}, 'that is no address; write postgres://'],
    [['--database', 'postgres://me:hush@db/x?ssl=1'], {}, 'there is no parameter "ssl"'],
    [['--database', 'mysql://me:hush@db/x'], {}, 'no storage engine "mysql"'],
    [['--database', 'sqlite://x.db'], {}, 'write sqlite:<path>'],
    [[], { HOLDFAST_API_KEYS: 'till:hush,till:hush' }, 'HOLDFAST_API_KEYS is not in the right'],
  ])('with %j %j', async (words, env, message) => {
    const { code, err } = await fault(words, env);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).not.toContain('hush');
  });
});

describe('a server with keys', () => {
  it('never shows them', async () => {
    const env = { HOLDFAST_API_KEYS: 'till:hush-hush' };
    const words = ['start', '--port', '0', '--database', workshop.database()];
    const started = workshop.holdfast(words, { env });
    const url = await started.url();
    const authorized = { headers: { authorization: 'Bearer hush-hush' } };
    expect((await fetch(`${url}/v1/products`, authorized)).status).toBe(200);
    expect((await fetch(`${url}/v1/products`)).status).toBe(401);
    const { out, err } = await started.stop();
    expect(out).toContain('Authorization: Bearer YOUR-KEY');
    expect(out + err).not.toContain('hush');
  });
});
