/** What the demonstration reads of a stock level. */
export interface Stock {
  readonly onHand: number;
  readonly available: number;
  readonly reserved: number;
  readonly committed: number;
  readonly nodes?: readonly NodeStock[];
}

export interface NodeStock {
  readonly node: string;
  readonly onHand: number;
  readonly available: number;
  readonly inTransit?: number;
}

export interface Reservation {
  readonly id: string;
  readonly status: string;
}

export interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly shortages?: readonly {
    readonly available: number;
    readonly elsewhere?: readonly { readonly node: string; readonly available: number }[];
  }[];
}

/** What came of a command that the rules may turn down. */
export type Outcome<T> =
  | { readonly done: true; readonly body: T; readonly ms: number }
  | { readonly done: false; readonly problem: Problem; readonly ms: number };

const JSON_TYPE = { 'content-type': 'application/json' };

/** The HTTP API of one node, as any client sees it. */
export class Api {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async get<T>(path: string): Promise<T> {
    return (await this.#send('GET', path)).json() as Promise<T>;
  }

  /** @returns undefined where there is no such thing */
  async find<T>(path: string): Promise<T | undefined> {
    const response = await fetch(this.#url + path);
    if (response.status === 404) return undefined;
    return (await expectOk(response, path)).json() as Promise<T>;
  }

  async put(path: string, body: object): Promise<void> {
    await this.#send('PUT', path, body);
  }

  /** @throws {Error} when it is turned down */
  async post<T>(path: string, body: object = {}): Promise<T> {
    return (await this.#send('POST', path, body)).json() as Promise<T>;
  }

  async attempt<T>(path: string, body: object): Promise<Outcome<T>> {
    const startedAt = performance.now();
    const response = await fetch(this.#url + path, request('POST', body));
    const answer: unknown = await response.json();
    const ms = performance.now() - startedAt;
    return response.ok
      ? { done: true, body: answer as T, ms }
      : { done: false, problem: answer as Problem, ms };
  }

  async #send(method: string, path: string, body?: object): Promise<Response> {
    return expectOk(await fetch(this.#url + path, request(method, body)), path);
  }
}

function request(method: string, body: object | undefined): RequestInit {
  return body === undefined
    ? { method }
    : { method, headers: JSON_TYPE, body: JSON.stringify(body) };
}

async function expectOk(response: Response, path: string): Promise<Response> {
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}
