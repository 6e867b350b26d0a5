import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from './exitCodes.ts';

export interface ApiSettings {
  /** Such as `http://127.0.0.1:8080`; a path in front of the routes is kept. */
  readonly url: string;
  /** Who asks, where the server knows no keys. */
  readonly actor: string;
  /** The secret of a key of the server. */
  readonly apiKey?: string;
  readonly connectionsMax: number;
}

export interface ApiRequest {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** With its query; identifiers in it are escaped by the caller. */
  readonly path: string;
  readonly body?: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON, null for no body. */
  readonly body: unknown;
  /** How long the server asks to wait before the request is repeated; null when it does not say. */
  readonly retryAfterMs: number | null;
}

/** No answer: the server could not be reached, or broke off. Whether it did what was asked is not known. */
export class NoAnswerError extends CommandError {
  override readonly name = 'NoAnswerError';
}

/** A request without an answer in this time has none. */
const ANSWER_WAIT_MAX_MS = 60_000;

/** How long a request that may be repeated is repeated. */
const PATIENCE_MS = 60_000;
const PAUSE_DEFAULT_MS = 500;
const PAUSE_MAX_MS = 5_000;

/** Talks to a running server over a bounded number of kept connections. */
export class ApiClient {
  readonly #base: URL;
  readonly #agent: http.Agent;
  readonly #send: typeof http.request;
  readonly #headers: http.OutgoingHttpHeaders;
  #hasAnswered = false;

  /** @throws {CommandError} when the address is none */
  constructor({ url, actor, apiKey, connectionsMax }: ApiSettings) {
    this.#base = parseBase(url);
    const { Agent, request } = this.#base.protocol === 'https:' ? https : http;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
    this.#send = request;
    this.#headers =
      apiKey === undefined ? { 'x-actor': actor } : { authorization: `Bearer ${apiKey}` };
  }

  /** Sends once. @throws {NoAnswerError} */
  ask({ method, path, body }: ApiRequest): Promise<ApiAnswer> {
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = content
      ? { ...this.#headers, 'content-type': 'application/json', 'content-length': content.length }
      : this.#headers;
    const url = new URL(`${this.#base.pathname.replace(/\/$/, '')}${path}`, this.#base);
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, timeout: ANSWER_WAIT_MAX_MS };
      const request = this.#send(url, options, (response) => {
        this.#hasAnswered = true;
        readAnswer(response).then(resolve, (error) => reject(noAnswer(url, error)));
      });
      request.on('timeout', () => request.destroy(new Error('it did not answer in time')));
      request.on('error', (error) => reject(noAnswer(url, error)));
      request.end(content);
    });
  }

  /**
   * Sends until there is an answer that is final; for requests that do nothing twice. A server that never answered at
   * all is not waited for: most likely there is none.
   * @throws {CommandError} when there is none in good time
   */
  async askPatiently(request: ApiRequest): Promise<ApiAnswer> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.ask(request).catch(orNoAnswer);
      const isNone = answer instanceof NoAnswerError;
      if (!isNone && !mayBeRepeated(answer)) return answer;
      if (isNone && !this.#hasAnswered) throw new CommandError(answer.message);
      if (performance.now() > deadline) throw unreachable(request, answer);
      await sleep(pauseMs(answer));
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Whether the server says that the same request may be answered otherwise later: it is too busy, or not ready. */
export function mayBeRepeated({ status }: ApiAnswer): boolean {
  return status === 503 || status === 429;
}

export function pauseMs(answer: ApiAnswer | NoAnswerError): number {
  const asked = answer instanceof NoAnswerError ? null : answer.retryAfterMs;
  return Math.min(asked ?? PAUSE_DEFAULT_MS, PAUSE_MAX_MS);
}

/** What a problem says, in words. */
export function problemText({ status, body }: ApiAnswer): string {
  const code = memberText(body, 'code') ?? 'no code';
  const detail = memberText(body, 'detail') ?? memberText(body, 'title') ?? '';
  return `${status} ${code}${detail === '' ? '' : `: ${detail}`}`;
}

function memberText(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const member: unknown = Reflect.get(body, name);
  return typeof member === 'string' ? member : undefined;
}

async function readAnswer(response: http.IncomingMessage): Promise<ApiAnswer> {
  const content = await text(response);
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN);
  return {
    status: response.statusCode ?? 0,
    body: content === '' ? null : JSON.parse(content),
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null,
  };
}

function parseBase(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (base?.protocol !== 'http:' && base?.protocol !== 'https:') {
    throw new CommandError(`--url is "${url}"; expected http://<host>:<port>`, 'usage');
  }
  return base;
}

function noAnswer({ origin }: URL, error: unknown): NoAnswerError {
  const reason = error instanceof Error ? reasonOf(error) : String(error);
  return new NoAnswerError(`${origin} did not answer: ${reason}`);
}

/** A failed connection to a name with several addresses has a message in its parts only. */
function reasonOf(error: Error): string {
  return error instanceof AggregateError && error.message === ''
    ? error.errors.map(String).join('; ')
    : error.message;
}

function orNoAnswer(error: unknown): NoAnswerError {
  if (error instanceof NoAnswerError) return error;
  throw error;
}

function unreachable({ method, path }: ApiRequest, last: ApiAnswer | NoAnswerError): CommandError {
  const what = last instanceof NoAnswerError ? last.message : problemText(last);
  return new CommandError(
    `${method} ${path} got no final answer within ${PATIENCE_MS / 1_000} seconds; the last: ${what}`,
  );
}
