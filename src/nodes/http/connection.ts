import type { Socket } from 'node:net';
import { type RawData, WebSocket } from 'ws';
import type { Connection } from '../transport.ts';
import type { Heartbeat } from './options.ts';

/** Codes of RFC 6455 that say why a connection was closed. */
const CLOSE_CODES = { ended: 1000, goingAway: 1001, notText: 1003 } as const;

/** What they and those of `ws` mean where nobody gave a reason in words. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [1000, 'the peer has ended it'],
  [1001, 'the peer goes away'],
  [1003, 'a message was not text'],
  [1005, 'the peer has ended it'],
  [1006, 'the connection broke'],
  [1007, 'a message was not UTF-8'],
  [1009, 'a message was too large'],
]);

/** A close frame has room for so many bytes of reason. */
const REASON_BYTES_MAX = 123;

/** How long the peer may take to answer that it has closed, too. */
const CLOSE_MS = 1_000;

/**
 * A link's messages over one WebSocket that is open. States: waiting (nothing is read until somebody listens), open,
 * closing (what still comes is dropped), closed.
 */
export class WebSocketConnection implements Connection {
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<string>();
  #isClosing = false;
  #fault: string | undefined;

  /** @param stream what the WebSocket runs over */
  constructor(socket: WebSocket, stream: Socket, heartbeat: Heartbeat) {
    this.#socket = socket;
    stream.setNoDelay();
    socket.pause();
    const stopHeartbeat = this.#watch(stream, heartbeat);
    socket.on('error', ({ message }) => {
      this.#fault ??= message;
    });
    socket.once('close', (code, reason) => {
      stopHeartbeat();
      this.#closed.resolve(this.#reasonOf(code, reason.toString()));
    });
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // The error of a message that could not be sent ends the connection as well.
    this.#socket.send(text, () => undefined);
  }

  onText(listener: (text: string) => void): void {
    this.#socket.on('message', (data, isBinary) => {
      if (this.#isClosing) return;
      if (isBinary) this.#end(CLOSE_CODES.notText, 'a message was not text');
      else listener(textOf(data));
    });
    this.#socket.resume();
  }

  onClose(listener: (reason: string) => void): void {
    void this.#closed.promise.then(listener);
  }

  close(reason: string): void {
    this.#end(CLOSE_CODES.ended, reason);
  }

  /** As `close`, for a process that ends. @returns when it is closed */
  async goAway(reason: string): Promise<void> {
    this.#end(CLOSE_CODES.goingAway, reason);
    await this.#closed.promise;
  }

  #end(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#fault ??= reason;
    this.#socket.close(code, shortened(reason));
    // What is paused would not see that the peer has closed it.
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
    void this.#closed.promise.then(() => clearTimeout(timer));
  }

  /**
   * Any byte is a sign of life: the pong of a peer that is sending, or being sent, much over a slow line comes late, but
   * its own pings or parts of its message come. Intervals are counted, and not time, for this process may have been stopped.
   */
  #watch(stream: Socket, { intervalMs, silentIntervalsMax }: Heartbeat): () => void {
    let seen = stream.bytesRead;
    let silentIntervals = 0;
    const timer = setInterval(() => {
      silentIntervals = stream.bytesRead === seen ? silentIntervals + 1 : 0;
      seen = stream.bytesRead;
      if (silentIntervals < silentIntervalsMax) return this.#ping();
      this.#fault ??= `nothing was heard of the peer for ${silentIntervals * intervalMs} ms`;
      this.#socket.terminate();
    }, intervalMs);
    return () => clearInterval(timer);
  }

  #ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping(() => undefined);
  }

  #reasonOf(code: number, said: string): string {
    if (this.#fault !== undefined) return this.#fault;
    return said === '' ? (MEANINGS.get(code) ?? `closed with code ${code}`) : said;
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString();
}

/** Cut where it is too long, not inside of a character. */
function shortened(reason: string): string {
  const bytes = new TextEncoder().encodeInto(reason, new Uint8Array(REASON_BYTES_MAX));
  return reason.slice(0, bytes.read);
}
