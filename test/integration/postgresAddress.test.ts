import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createRuntime } from '../../src/start/runtime.ts';
import { openStorage } from '../../src/start/storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { feed } from '../support/contractFeed.ts';
import { move, product, shop } from '../support/contractRows.ts';
import { otherAccount } from '../support/postgres/account.ts';
import { scratchFolder } from '../support/postgres/scratch.ts';
import { type PostgresServer, startPostgres } from '../support/postgres/server.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';

/** Most machines have it. */
const OPENSSL = 'openssl';

const folder = scratchFolder();
const certificate = path.join(folder, 'server.crt');
const hasCertificate = makeCertificate();

let server: PostgresServer;
let database: PostgresDatabase;
beforeAll(async () => {
  const encrypted = { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: keyFile() };
  server = await startPostgres({
    settings: { unix_socket_directories: folder, ...(hasCertificate && encrypted) },
  });
  database = await createTestDatabase({ server });
}, 60_000);
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function open(address: string): Promise<Storage> {
  const machine = createRuntime();
  const storage = await openStorage({ config: { database: address, node: null }, machine });
  onTestFinished(() => storage.close());
  return storage;
}

/** Commits, reads, and is told of what others commit: each is on a connection of its own. */
async function expectToWork(address: string, sku: string): Promise<void> {
  const [one, other] = await Promise.all([open(address), open(address)]);
  const told = new Promise((resolve) => other.onForeignCommit?.(resolve));
  await feed(one.ledger, [product(sku), shop('x'), move('receive', sku, 'x', 3)]);
  expect(await other.queries.level(sku, 'x')).toMatchObject({ available: 3 });
  expect(await told).toBeGreaterThan(0);
}

/** The address of the database with this after the question mark. */
function withParameters(parameters: string): string {
  return `${database.url}?${parameters}`;
}

describe('an address', () => {
  it('may name the folder of a socket, in a parameter or in place of the host', async () => {
    const { username, password, port, pathname } = new URL(database.url);
    const who = `${username}:${password}`;
    const inPlace = `postgres://${who}@${encodeURIComponent(folder)}:${port}${pathname}`;
    await expectToWork(inPlace, 'in place of the host');
    const place = `host=${folder}&port=${port}`;
    await expectToWork(`postgres://${who}@${pathname}?${place}`, 'in a parameter');
  });

  it.runIf(hasCertificate)('may ask for encryption, and say whom to trust', async () => {
    await expectToWork(withParameters('sslmode=require'), 'anybody');
    const root = encodeURIComponent(certificate);
    await expectToWork(withParameters(`sslmode=verify-full&sslrootcert=${root}`), 'who has it');
    await expect(open(withParameters('sslmode=verify-full'))).rejects.toThrow(
      'the database cannot be reached: self-signed certificate',
    );
  });

  it.each([
    'postgres://ann:se/cret@host/db',
    'postgres://ann:se?cret@host/db',
    'postgres://ann:se#cret@host/db',
    'postgres://ann:se:cret@@host:99999/db',
    'postgres://ann:secret/db',
    'postgres:ann:secret/db',
  ])('that cannot be read is said to be none, without what may be its password: %s', async (no) => {
    const fault: unknown = await open(no).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'CommandError', message: expect.any(String) });
    expect(String(fault)).toMatch(/that is no address; write postgres:/);
    expect(String(fault)).not.toMatch(/ann|cret/);
  });

  it.each([
    [
      'application_name=till',
      /there is no parameter "application_name"; expected one of pgbouncer,/,
    ],
    ['pgbounce=true', /there is no parameter "pgbounce"/],
    ['pgbouncer=1', /pgbouncer is "1"; expected one of true, false/],
    ['sslmode=allow', /sslmode is "allow"; expected one of disable, /],
  ])('takes no parameter that would do nothing, or harm: %s', async (parameters, message) => {
    const fault: unknown = await open(withParameters(parameters)).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'CommandError', message: expect.stringMatching(message) });
  });

  it.each([
    ['a wrong password', (url: URL) => (url.password = 'se%20cret')],
    ['a port where nobody listens', (url: URL) => (url.port = '1')],
    ['a database that is not there', (url: URL) => (url.pathname = '/nowhere')],
    ['a host that is not there', (url: URL) => (url.hostname = 'nowhere.invalid')],
  ])('with %s is named without its password', async (_, spoil) => {
    const url = new URL(database.url);
    spoil(url);
    const fault: unknown = await open(url.href).catch((error: unknown) => error);
    expect(String(fault)).toMatch(/^CommandError: the database cannot be (reached|used): /);
    expect(String(fault)).not.toContain(decodeURIComponent(url.password));
  });
});

function keyFile(): string {
  return path.join(folder, 'server.key');
}

/** @returns false where there is no openssl */
function makeCertificate(): boolean {
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = spawnSync(OPENSSL, [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject],
    ...['-keyout', keyFile(), '-out', certificate],
  ]);
  if (made.status !== 0) return false;
  chmodSync(keyFile(), 0o600);
  const account = otherAccount();
  if (account) chownSync(keyFile(), account.uid, account.gid);
  return true;
}
