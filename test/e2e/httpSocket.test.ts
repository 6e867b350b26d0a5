import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AbandonedError, type Ledger, type Work } from '../../src/ledger/ledger.ts';
import {
  openServer,
  stock,
  type TestServer,
  type TestServerOptions,
} from '../support/httpServer.ts';

interface Listening extends TestServer {
  readonly port: number;
  readonly url: string;
}

async function listen(options: TestServerOptions = {}): Promise<Listening> {
  const server = await openServer(options);
  onTestFinished(() => server.close());
  const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.app.server.address() as AddressInfo;
  return { ...server, port, url };
}

/** Sends bytes and reads until the server ends the connection. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  return readAll(socket);
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

const HOST = 'Host: localhost\r\n';
const CLOSE = 'Connection: close\r\n\r\n';

describe('broken HTTP', () => {
  it.each([
    ['a line of nonsense', 'nonsense\r\n\r\n', 400, 'malformed_http'],
    ['an unknown method', `STEAL /v1/stock HTTP/1.1\r\n${HOST}\r\n`, 400, 'malformed_http'],
    ['no Host', 'GET /v1/stock HTTP/1.1\r\n\r\n', 400, ''],
    [
      'two lengths',
      `POST /v1/batch HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`,
      400,
      'malformed_http',
    ],
    [
      'a length and chunks',
      `POST /v1/batch HTTP/1.1\r\n${HOST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      400,
      'malformed_http',
    ],
    [
      'a control character in a header',
      `GET /v1/stock HTTP/1.1\r\n${HOST}X-Actor: a\u0001b\r\n\r\n`,
      400,
      'malformed_http',
    ],
    [
      '20 KiB of headers',
      `GET /v1/stock HTTP/1.1\r\n${HOST}X-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    [
      'a bad percent sign',
      `GET /v1/products/%zz HTTP/1.1\r\n${HOST}${CLOSE}`,
      400,
      'malformed_http',
    ],
    [
      'dots in place of a SKU',
      `GET /v1/products/%2e%2e HTTP/1.1\r\n${HOST}${CLOSE}`,
      400,
      'invalid_request',
    ],
    [
      'a dot in place of a SKU',
      `GET /v1/products/%2E HTTP/1.1\r\n${HOST}${CLOSE}`,
      400,
      'invalid_request',
    ],
    [
      'a foreign host',
      `GET /v1/products HTTP/1.1\r\nHost: evil.example\r\n${CLOSE}`,
      403,
      'forbidden_host',
    ],
    [
      'a method that Fastify does not know',
      `PROPFIND /v1/products HTTP/1.1\r\n${HOST}${CLOSE}`,
      405,
      'method_not_allowed',
    ],
  ])('%s is answered', async (_name, text, status, code) => {
    const { port } = await listen();
    const answer = await exchange(port, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (code === '') return;
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status, code, instance: expect.stringMatching(/./) });
  });

  it('is answered after the requests before it, which may have been done', async () => {
    const { port, log } = await listen();
    const put = `PUT /v1/products/a HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{"name":"N"}`;
    const answers = await exchange(port, `${put}nonsense\r\n\r\nmore of it`);
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 201', 'HTTP/1.1 400']);
    expect(log).toMatchObject([{ status: 201 }, { status: 400 }]);
  });

  it('is logged and counted, in the middle of a body as the fault of its client', async () => {
    const { port, log, call } = await listen();
    const head = `POST /v1/batch HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`;
    const answer = await exchange(port, `${head}Transfer-Encoding: chunked\r\n\r\nno length`);
    const [, requestId] = /X-Request-Id: (.*)\r\n/.exec(answer) ?? [];
    const line = { level: 'info', address: '127.0.0.1' };
    await expect
      .poll(() => log)
      .toMatchObject([
        { ...line, requestId, method: '(none)', route: '(none)', status: 400 },
        { ...line, method: 'POST', route: '/v1/batch', status: 499 },
      ]);
    const { text } = await call('GET', '/metrics');
    expect(text).toContain('{method="(any)",route="(none)",status="400"} 1\n');
    expect(text).toContain('{method="POST",route="/v1/batch",status="499"} 1\n');
  });

  it('takes SKUs that hold an escaped slash, percent sign or blank', async () => {
    const { port } = await listen();
    const put = (path: string) =>
      exchange(
        port,
        `PUT /v1/products/${path} HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 12\r\n${CLOSE}{"name":"N"}`,
      );
    expect(await put('a%2Fb%25%20c')).toContain('"sku":"a/b% c"');
    expect(await put('%252e%252e')).toContain('"sku":"%2e%2e"');
  });

  it('gives up on a request that does not come, and goes on with the others', async () => {
    const { port, url } = await listen();
    const socket = connect(port, '127.0.0.1');
    socket.write(`POST /v1/reservations HTTP/1.1\r\n${HOST}Content-Length: 100\r\n`);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    socket.destroy();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});

describe('a body of 20 MB', () => {
  it('is refused, and heard of also by a client that does not listen while it sends', async () => {
    const { url } = await listen();
    const body = 'x'.repeat(20_000_000);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/v1/batch`, { method: 'POST', headers, body });
    expect(answer.status).toBe(413);
  });
});

describe('a body of 2 MiB', () => {
  it.each([
    ['with its length', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('%s is refused, and the client hears of it', async (_name, headers) => {
    const { url, call } = await listen();
    const request = http.request(`${url}/v1/reservations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
    });
    const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
    // The server need not read all of it.
    request.on('error', () => undefined);
    request.end(JSON.stringify({ a: 'x'.repeat(2 * 1024 * 1024) }));
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    response.destroy();
    expect((await call('GET', '/v1/events')).body).toMatchObject({ position: 0 });
  });
});

describe('closing', () => {
  /** A ledger whose answers come when the test wants. */
  function slow(): { ledger: Ledger; submitted: Promise<void>; answer: () => void } {
    const submitted = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const never = () => Promise.reject(new Error('not asked'));
    const ledger: Ledger = {
      async submit() {
        submitted.resolve();
        await answered.promise;
        const product = {
          sku: 'a',
          name: 'A',
          description: null,
          category: null,
          attributes: null,
        };
        const outcome = { kind: 'product', product, created: true } as const;
        return { kind: 'done', items: [{ outcome, replayed: false }], replayed: false };
      },
      settleTime: never,
      now: never,
      onCommit: () => () => undefined,
      close: () => Promise.resolve(),
    };
    return { ledger, submitted: submitted.promise, answer: () => answered.resolve() };
  }

  it('finishes what was accepted, though the connection is kept alive', async () => {
    const { ledger, submitted, answer } = slow();
    const { url, app } = await listen({ parts: { ledger } });
    const agent = new http.Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const request = http.request(`${url}/v1/products/a`, {
      agent,
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
    });
    const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
    request.end('{"name":"A"}');
    await submitted;
    const closed = app.close();
    await expect.poll(() => app.server.listening).toBe(false);
    answer();
    const [response] = await answered;
    expect([response.statusCode, response.headers.connection]).toEqual([201, 'close']);
    response.resume();
    await closed;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('finishes everything that was accepted on one connection', async () => {
    const { ledger, submitted, answer } = slow();
    const { port, app } = await listen({ parts: { ledger } });
    const request = `DELETE /v1/products/a HTTP/1.1\r\n${HOST}\r\n`;
    const answers = exchange(port, request.repeat(3));
    await submitted;
    const closed = app.close();
    await expect.poll(() => app.server.listening).toBe(false);
    answer();
    expect((await answers).match(/HTTP\/1.1 201|Connection: close/gi)).toEqual([
      'HTTP/1.1 201',
      'HTTP/1.1 201',
      'HTTP/1.1 201',
      'Connection: close',
    ]);
    await closed;
  });

  it('does nothing that is asked for when the connection has ended on our side', async () => {
    const { ledger, submitted, answer } = slow();
    const work: Work[] = [];
    const submit = (asked: Work) => {
      work.push(asked);
      return ledger.submit(asked);
    };
    const { port, app } = await listen({ parts: { ledger: { ...ledger, submit } } });
    const socket = connect(port, '127.0.0.1');
    app.server.once('connection', (ours: Socket) => {
      app.server.once('request', () => ours.end());
    });
    socket.write(`DELETE /v1/products/a HTTP/1.1\r\n${HOST}\r\n`);
    await submitted;
    expect(work[0]?.signal?.aborted).toBe(true);
    answer();
    await readAll(socket);
  });

  it('ends connections that wait for nothing', async () => {
    const { url, app } = await listen();
    const agent = new http.Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const request = http.get(`${url}/healthz`, { agent });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    await once(response, 'end');
    await app.close();
  });
});

describe('a client that goes away', () => {
  it('takes its command with it, when that was not yet decided', async () => {
    const asked = Promise.withResolvers<{ readonly aborted: boolean }>();
    const { port, log } = await listen({
      parts: {
        ledger: {
          async submit({ signal }) {
            if (signal) asked.resolve(signal);
            await expect.poll(() => signal?.aborted).toBe(true);
            throw new AbandonedError();
          },
          settleTime: () => Promise.resolve(),
          now: () => Promise.resolve(0),
          onCommit: () => () => undefined,
          close: () => Promise.resolve(),
        },
      },
    });
    const socket = connect(port, '127.0.0.1');
    socket.write(`DELETE /v1/products/a HTTP/1.1\r\n${HOST}\r\n`);
    const signal = await asked.promise;
    expect(signal.aborted).toBe(false);
    socket.destroy();
    await expect.poll(() => log).toMatchObject([{ status: 499, route: '/v1/products/:sku' }]);
  });

  it('is served as fast as it asks for more on one connection', async () => {
    const { port, call } = await listen();
    await stock(call, 'a', 3);
    const get = `GET /v1/stock/a/north HTTP/1.1\r\n${HOST}\r\n`;
    const answer = await exchange(port, get.repeat(9) + get.replace('\r\n\r\n', `\r\n${CLOSE}`));
    expect(answer.match(/"available":3/g)).toHaveLength(10);
  });
});
