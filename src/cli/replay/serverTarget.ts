import type { LocationContent } from '../../domain/catalogue.ts';
import type { Command } from '../../domain/commands.ts';
import { type ApiAnswer, ApiClient, problemText } from '../apiClient.ts';
import { CommandError } from '../exitCodes.ts';
import {
  batchBody,
  readFulfilled,
  readLocation,
  readMovement,
  readOutcomes,
  readPage,
  readSku,
  readStock,
} from './apiShapes.ts';
import type {
  Booked,
  BookedMovement,
  KnownLocation,
  LoadLimits,
  NamedProduct,
  PlayResult,
  ReplayTarget,
} from './target.ts';

const ACTOR = 'replay';
const ROWS_PER_PAGE = 1_000;
const CONNECTIONS_MAX = 16;

/**
 * One batch is one commit: small enough that the server's other callers do not wait long behind it, and far below what
 * a batch may be (5,000 commands, 8 MiB).
 */
const LIMITS: LoadLimits = { commandsMax: 1_000, linesMax: 5_000, oneTime: false };

/**
 * A running server. Batches follow each other, one at a time, for their order is that of the file; look-ups and the
 * catalogue go over several connections at once. Nothing is booked twice when a request is repeated: reservations have
 * ids and movements have idempotency keys that follow from the file.
 */
export class ServerTarget implements ReplayTarget {
  readonly load = LIMITS;
  readonly #api: ApiClient;

  constructor(url: string, apiKey: string | null) {
    this.#api = new ApiClient({
      url,
      actor: ACTOR,
      connectionsMax: CONNECTIONS_MAX,
      ...(apiKey !== null && { apiKey }),
    });
  }

  async location(location: string): Promise<KnownLocation | undefined> {
    const answer = await this.#get(`/v1/locations/${encodeURIComponent(location)}`, 404);
    return answer.status === 404 ? undefined : readLocation(answer.body);
  }

  async putLocation(location: string, content: LocationContent): Promise<void> {
    await this.#put(`/v1/locations/${encodeURIComponent(location)}`, content);
  }

  async productCodes(): Promise<Set<string>> {
    const codes = new Set<string>();
    for await (const product of this.#list('/v1/products?')) codes.add(readSku(product));
    return codes;
  }

  async putProducts(products: readonly NamedProduct[]): Promise<void> {
    await Promise.all(
      products.map(({ sku, content }) =>
        this.#put(`/v1/products/${encodeURIComponent(sku)}`, content),
      ),
    );
  }

  async *movements(location: string): AsyncGenerator<BookedMovement> {
    for (const type of ['receive', 'return', 'adjust']) {
      const query = new URLSearchParams({ location, type });
      for await (const event of this.#list(`/v1/events?${query}&`)) {
        const movement = readMovement(event);
        if (movement) yield movement;
      }
    }
  }

  async fulfilled(reservationId: string): Promise<Booked | undefined> {
    const answer = await this.#get(`/v1/reservations/${reservationId}`, 404);
    return answer.status === 404 ? undefined : readFulfilled(answer.body);
  }

  async stock(location: string): Promise<Map<string, number>> {
    const stock = new Map<string, number>();
    for await (const level of this.#list(`/v1/stock?${new URLSearchParams({ location })}&`)) {
      const { sku, onHand } = readStock(level);
      stock.set(sku, onHand);
    }
    return stock;
  }

  async play(commands: readonly Command[]): Promise<readonly PlayResult[]> {
    const request = { method: 'POST', path: '/v1/batch', body: batchBody(commands) } as const;
    return readOutcomes(expect(await this.#api.askPatiently(request), 200).body);
  }

  close(): void {
    this.#api.close();
  }

  /** All entries of a list, page by page. @param path with its query, ready for more parameters */
  async *#list(path: string): AsyncGenerator<unknown> {
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await this.#get(`${path}limit=${ROWS_PER_PAGE}${more}`);
      const page = readPage(answer.body);
      yield* page.data;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  async #get(path: string, ...besides: readonly number[]): Promise<ApiAnswer> {
    return expect(await this.#api.askPatiently({ method: 'GET', path }), 200, ...besides);
  }

  async #put(path: string, body: unknown): Promise<void> {
    expect(await this.#api.askPatiently({ method: 'PUT', path, body }), 200, 201);
  }
}

function expect(answer: ApiAnswer, ...statuses: readonly number[]): ApiAnswer {
  if (statuses.includes(answer.status)) return answer;
  throw new CommandError(`the server answered ${problemText(answer)}`);
}
