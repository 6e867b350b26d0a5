import { Socket } from 'node:net';
import { percentile } from '../statistics.ts';
import type { RushResult, RushTask } from './rush.ts';

// Sends a number of requests over a number of connections, and answers the parent with a `RushResult`. The connections
// have been used before, as those of a load balancer are: to make a thousand takes longer than all that is measured. The requests
// are made in advance and of the answers only the head is read: an HTTP client would take more of the two cores than
// the server that is measured. (autocannon counts too, but parses in JavaScript and measures whole milliseconds.)

/** A rush that takes longer is cut; what is not answered by then has failed. */
const RUSH_MS_MAX = 60_000;
const HEAD_END = '\r\n\r\n';

process.on('message', (task: RushTask) => {
  void run(task).then((result) => process.send?.(result));
});

interface Tally {
  held: number;
  refused: number;
  failed: number;
  readonly latencies: number[];
  left: number;
}

async function run(task: RushTask): Promise<RushResult> {
  const tally: Tally = { held: 0, refused: 0, failed: 0, latencies: [], left: task.requests };
  const request = requestText(task);
  const sockets = await Promise.all(
    Array.from({ length: task.connections }, () => usedConnection(task)),
  );
  const startedAt = performance.now();
  const late = setTimeout(() => sockets.forEach((socket) => void socket.destroy()), RUSH_MS_MAX);
  await Promise.all(sockets.map((socket) => buy(socket, request, tally)));
  clearTimeout(late);
  return summarize(tally, task, (performance.now() - startedAt) / 1_000);
}

function requestText({ url, path, body }: RushTask): string {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return head.join('\r\n') + HEAD_END + body;
}

/** A connection over which a first request has been answered. */
function usedConnection({ url }: RushTask): Promise<Socket> {
  const { host, hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = new Socket().connect(Number(port), hostname).setEncoding('latin1');
  let received = '';
  const read = (text: string) => {
    received += text;
    if (statusOf(received) === undefined) return;
    socket.off('data', read).off('error', reject);
    resolve(socket);
  };
  socket.on('data', read).on('error', reject);
  socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}${HEAD_END}`);
  return promise;
}

/** Asks on this connection until all requests are given out. */
function buy(socket: Socket, request: string, tally: Tally): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let askedAt = 0;
  let received = '';
  let isWaiting = false;
  const ask = () => {
    if (tally.left === 0) {
      socket.end();
      return;
    }
    tally.left -= 1;
    received = '';
    isWaiting = true;
    askedAt = performance.now();
    socket.write(request);
  };
  socket.on('data', (text: string) => {
    received += text;
    const status = statusOf(received);
    if (status === undefined) return;
    isWaiting = false;
    note(tally, status, performance.now() - askedAt);
    ask();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (isWaiting) tally.failed += 1;
    resolve();
  });
  ask();
  return promise;
}

/** The status of an answer; undefined while it is not there in full. */
function statusOf(received: string): number | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const [, length = '0'] = /content-length: (\d+)/i.exec(received) ?? [];
  if (received.length < headEnd + HEAD_END.length + Number(length)) return undefined;
  return Number(received.slice(9, 12));
}

function note(tally: Tally, status: number, latencyMs: number): void {
  if (status >= 200 && status < 300) tally.held += 1;
  else if (status === 409) tally.refused += 1;
  else tally.failed += 1;
  tally.latencies.push(latencyMs);
}

function summarize(
  { held, refused, latencies }: Tally,
  task: RushTask,
  seconds: number,
): RushResult {
  const sorted = Float64Array.from(latencies).sort();
  return {
    held,
    refused,
    failed: task.requests - held - refused,
    seconds,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  };
}
