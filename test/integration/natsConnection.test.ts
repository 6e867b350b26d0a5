import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { connectNats } from '../../src/start/natsConnection.ts';
import { hasNatsServer, type NatsServer, startNats } from '../support/nats/server.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-nats-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let server: NatsServer | undefined;
afterEach(() => server?.close());

async function given(configuration: string): Promise<NatsServer> {
  server = await startNats({ configuration });
  return server;
}

interface Listener {
  readonly url: string;
  /** What was said to it. */
  bytes(): string;
  close(): void;
}

/** Somebody who says `greeting` to all who call, and listens. */
async function listen(greeting: string): Promise<Listener> {
  let heard = '';
  const somebody = createServer((socket) => {
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.write(greeting);
  });
  await once(somebody.listen(0, '127.0.0.1'), 'listening');
  const address = somebody.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `nats://127.0.0.1:${port}`, bytes: () => heard, close: () => somebody.close() };
}

/** @returns `ok`, or why the servers did not let us in */
async function knock(url: string, env: Record<string, string>): Promise<string> {
  try {
    const connection = await connectNats(readConfig({}, env), [url], 'a test');
    await connection.flush();
    await connection.close();
    return 'ok';
  } catch (error) {
    return String(error);
  }
}

/** A certificate for loopback that vouches for itself. */
function certificate(): { readonly cert: string; readonly key: string } {
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  const ask = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=test'];
  const args = [...ask, '-addext', names, '-keyout', key, '-out', cert];
  execFileSync('openssl', args, { stdio: 'ignore' });
  // The server of the test may run as somebody else.
  execFileSync('chmod', ['-R', 'a+rX', folder]);
  return { cert, key };
}

describe.skipIf(!hasNatsServer())('a node that connects to NATS', () => {
  it.each([
    [
      'authorization { user: "till", password: "hush-1" }',
      { HOLDFAST_NATS_USER: 'till', HOLDFAST_NATS_PASSWORD: 'hush-1' },
      { HOLDFAST_NATS_USER: 'till', HOLDFAST_NATS_PASSWORD: 'hush-2' },
    ],
    [
      'authorization { token: "hush-1" }',
      { HOLDFAST_NATS_TOKEN: 'hush-1' },
      { HOLDFAST_NATS_TOKEN: 'hush-2' },
    ],
  ])('proves itself as the settings say: %s', async (configuration, right, wrong) => {
    const { url } = await given(configuration);
    expect(await knock(url, right)).toBe('ok');
    for (const env of [wrong, {}]) {
      const fault = await knock(url, env);
      expect(fault).toMatch(/authorization/i);
      expect(fault).not.toContain('hush');
    }
  });

  it('names the file of credentials that it cannot read', async () => {
    const { url } = await given('');
    const file = path.join(folder, 'none.creds');
    expect(await knock(url, { HOLDFAST_NATS_CREDENTIALS: file })).toContain(file);
  });

  it.skipIf(spawnSync('openssl', ['version']).error !== undefined)(
    'talks to a server over TLS only when it can tell who it is',
    async () => {
      const { cert, key } = certificate();
      const { url } = await given(`tls { cert_file: "${cert}", key_file: "${key}" }`);
      expect(await knock(url, { HOLDFAST_NATS_CA: cert })).toBe('ok');
      expect(await knock(url.replace('nats:', 'tls:'), {})).toContain('self-signed');
      expect(await knock(url, {})).toContain('self-signed');
    },
  );

  it('does not talk to a server without TLS where TLS was asked for', async () => {
    const { url } = await given('');
    const refusal = "server does not support 'tls'";
    expect(await knock(url.replace('nats:', 'tls:'), {})).toContain(refusal);
    expect(await knock(url, { HOLDFAST_NATS_CA: path.join(folder, 'any.pem') })).toContain(refusal);
  });

  it('tells no password to a server without TLS that has come in the place of one with it', async () => {
    const heard = await listen(
      `INFO {"server_id":"x","version":"2.9.10","max_payload":1048576}\r\n`,
    );
    const env = { HOLDFAST_NATS_USER: 'till', HOLDFAST_NATS_PASSWORD: 'hush-1' };
    expect(await knock(heard.url.replace('nats:', 'tls:'), env)).toContain('tls');
    expect(heard.bytes()).toBe('');
    heard.close();
  });
});
