import type { Socket } from 'node:net';
import { AnswerCount } from './answerCount.ts';
import { type FrontendMessage, FrontendMessages } from './frontendMessages.ts';
import { Lane } from './lane.ts';

/**
 * What happens at a message of a client:
 * - `forward`: it is passed on.
 * - `cutBefore`: the connection is cut on both sides, and the server never sees the message.
 * - `cutAfterForwarding`: the server gets it, and the Sync that makes it answer; when it has done all of it, the
 *   connection is cut, and the client has heard nothing of it.
 * - `holdBack`: this and all that comes after it is kept, even when the client gives up and goes away, until `letThrough`
 *   passes it on: a message that is very late.
 */
export type Verdict = 'forward' | 'cutBefore' | 'cutAfterForwarding' | 'holdBack';

export type Judge = (message: FrontendMessage) => Verdict;

/** Messages that the server answers with ReadyForQuery. */
const ANSWERED: ReadonlySet<string> = new Set(['startup', 'Q', 'S', 'F']);

/**
 * A connection through the proxy. It is `open` at first. At `cutAfterForwarding` it is `lastWords` up to the next Sync and
 * then `muted`, until the server has answered and it is `cut`; at `holdBack` it is `held` until `letThrough`.
 */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #judge: Judge;
  readonly #lanes: readonly [toServer: Lane, toClient: Lane];
  readonly #messages = new FrontendMessages();
  readonly #answers = new AnswerCount();
  #state: 'open' | 'lastWords' | 'muted' | 'held' | 'cut' = 'open';
  #answersDue = 0;
  #held: FrontendMessage[] = [];
  /** Settled when the server's side is closed. */
  readonly closed: Promise<void>;
  /** Requests for encryption are answered by one byte that is no message. */
  #bareBytesDue = 0;

  constructor(client: Socket, server: Socket, judge: Judge) {
    this.#client = client;
    this.#server = server;
    this.#judge = judge;
    this.#lanes = [
      new Lane(client, (bytes) => this.#fromClient(bytes)),
      new Lane(server, (bytes) => this.#fromServer(bytes)),
    ];
    client.on('error', ignored).on('close', () => this.#clientGone());
    server.on('error', ignored).on('close', () => this.cut());
    this.closed = new Promise((resolve) => server.once('close', () => resolve()));
  }

  /** Whether the client is gone, and the server may not know it yet. */
  get isOrphan(): boolean {
    return this.#client.destroyed;
  }

  /** Both sides see a reset. */
  cut(): void {
    if (this.#state === 'cut') return;
    this.#state = 'cut';
    for (const lane of this.#lanes) lane.close();
    for (const socket of [this.#client, this.#server]) {
      if (!socket.destroyed) socket.resetAndDestroy();
    }
  }

  /** Passes on what was held back, and goes on as usual. */
  letThrough(): void {
    if (this.#state !== 'held') return;
    this.#state = 'open';
    for (const message of this.#held) this.#send(message);
    this.#held = [];
    if (this.#client.readableEnded || this.#client.destroyed) this.#server.end();
  }

  /** The client sees a reset, and the server does not know it yet. */
  dropHeld(): void {
    if (this.#state === 'held') this.#client.resetAndDestroy();
  }

  freeze(): void {
    for (const lane of this.#lanes) lane.freeze();
  }

  thaw(): void {
    for (const lane of this.#lanes) lane.thaw();
  }

  delay(ms: number): void {
    for (const lane of this.#lanes) lane.delayMs = ms;
  }

  #fromClient(bytes: Buffer | 'end'): void {
    if (bytes === 'end') {
      if (this.#state === 'open') this.#server.end();
      return;
    }
    for (const message of this.#messages.push(bytes)) this.#onMessage(message);
  }

  #onMessage(message: FrontendMessage): void {
    if (this.#state === 'held') {
      this.#held.push(message);
    } else if (this.#state === 'lastWords') {
      this.#sendLast(message);
    } else if (this.#state === 'open') {
      this.#obey(this.#judge(message), message);
    }
  }

  #obey(verdict: Verdict, message: FrontendMessage): void {
    switch (verdict) {
      case 'forward':
        this.#send(message);
        break;
      case 'cutBefore':
        this.cut();
        break;
      case 'cutAfterForwarding':
        this.#state = 'lastWords';
        this.#sendLast(message);
        break;
      case 'holdBack':
        this.#state = 'held';
        this.#held.push(message);
        break;
    }
  }

  #send({ type, bytes }: FrontendMessage): void {
    if (ANSWERED.has(type)) this.#answersDue += 1;
    if (type === 'request') this.#bareBytesDue += 1;
    this.#server.write(bytes);
  }

  #sendLast(message: FrontendMessage): void {
    this.#send(message);
    if (ANSWERED.has(message.type)) this.#state = 'muted';
  }

  #fromServer(bytes: Buffer | 'end'): void {
    if (bytes === 'end') {
      this.#client.end();
      return;
    }
    const bare = Math.min(this.#bareBytesDue, bytes.length);
    this.#bareBytesDue -= bare;
    this.#answers.push(bytes.subarray(bare));
    if (this.#state === 'open' || this.#state === 'held') this.#client.write(bytes);
    if (this.#state === 'muted' && this.#answers.ready === this.#answersDue) this.cut();
  }

  /** The server must not know yet, where something is still to come to it. */
  #clientGone(): void {
    if (this.#state === 'open') this.cut();
  }
}

/** Whoever uses the connection sees the error at its own end. */
function ignored(): void {}
