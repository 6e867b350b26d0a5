import { Type } from 'typebox';
import type { Stock } from '../../queries/stock.ts';
import type { App } from '../fastify.ts';
import { parseAsOf } from '../moments.ts';
import { reading, readingList } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { CLOSED, LocationName, listOf, PAGING, ref, Sku } from '../schemas/common.ts';
import { STOCK_EXAMPLE } from '../schemas/examples.ts';
import { StockLevel } from '../schemas/stock.ts';
import { sendResult } from '../sendResult.ts';
import { pageJson } from '../views/page.ts';
import { stockJson } from '../views/stock.ts';
import { ByLevel } from './parameters.ts';

const tag = 'Stock';

const AsOf = Type.String({
  format: 'as-of',
  description:
    'A moment of the past: a position of the log, or an RFC 3339 time as 2026-01-31T08:00:00Z. The answer is final. A moment to come is refused.',
});

const LevelQuery = Type.Object({ asOf: Type.Optional(AsOf) }, CLOSED);

/** SKUs that a list of stock can be narrowed down to. */
const STOCK_SKUS_MAX = 200;

const StockQuery = Type.Object(
  {
    sku: Type.Optional(Type.Array(Sku, { minItems: 1, maxItems: STOCK_SKUS_MAX })),
    location: Type.Optional(LocationName),
    asOf: Type.Optional(AsOf),
    ...PAGING,
  },
  CLOSED,
);

const GET = {
  ...reading({
    tag,
    operationId: 'getStock',
    summary: 'The stock of one product at one location',
    description:
      'As it stands, or as it stood: what this node owns, and beside that in `nodes` what others do. `ETag` is the version of the level, and where other nodes own any, of theirs; a request with it in `If-None-Match` is answered 304 as long as nothing has moved.',
    answers: {
      200: { description: 'The level', schema: ref(StockLevel) },
      304: { description: 'Nothing has moved since', schema: Type.Null() },
    },
    problems: ['stock_not_found', 'as_of_in_future'],
  }),
  params: ByLevel,
  querystring: LevelQuery,
};

const LIST = {
  ...readingList({
    tag,
    operationId: 'listStock',
    summary: 'Stock levels, by SKU and location',
    description:
      'Levels that were ever stocked here, and those that other nodes have stock of. With `asOf` all pages together are one picture of that moment.',
    answers: {
      200: {
        description: 'One page',
        schema: listOf(ref(StockLevel)),
        example: { data: [STOCK_EXAMPLE], nextCursor: null },
      },
    },
    problems: ['invalid_cursor', 'as_of_in_future'],
  }),
  querystring: StockQuery,
};

export function stockRoutes(app: App, { queries }: HttpParts): void {
  app.get(
    '/v1/stock/:sku/:location',
    { schema: GET },
    async ({ params: { sku, location }, query: { asOf }, headers }, reply) => {
      const moment = asOf === undefined ? undefined : parseAsOf(asOf);
      const result = await queries.stock(sku, location, moment);
      if (result.ok) {
        const etag = etagOf(result.value);
        reply.header('etag', etag);
        if (isKnown(headers['if-none-match'], etag)) return reply.code(304).send();
      }
      return sendResult(reply, result, stockJson);
    },
  );

  app.get(
    '/v1/stock',
    { schema: LIST },
    async ({ query: { sku, location, asOf, ...paging } }, reply) => {
      const filter = {
        ...(sku !== undefined && { skus: [...new Set(sku)] }),
        ...(location !== undefined && { location }),
        ...(asOf !== undefined && { asOf: parseAsOf(asOf) }),
      };
      const result = await queries.stocks(filter, paging);
      return sendResult(reply, result, (page) => pageJson(page, stockJson));
    },
  );
}

/** What tells two states of a level apart: what this node owns of it, and what others do. */
function etagOf({ version, nodes = [] }: Stock): string {
  const others = nodes.map(
    (node) => `${encodeURIComponent(node.node)}:${node.version}:${node.inTransit ?? 0}`,
  );
  return `"${[version, ...others].join(';')}"`;
}

/** RFC 9110: a list of tags, weak ones included, or `*` for any. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === etag || tag === '*');
}
