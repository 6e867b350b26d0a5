import { Type } from 'typebox';
import type { App } from '../fastify.ts';
import { reading } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { CLOSED, listOf, PAGING, ref } from '../schemas/common.ts';
import { Event } from '../schemas/event.ts';
import { EVENT_EXAMPLE } from '../schemas/examples.ts';
import { Explanation } from '../schemas/stock.ts';
import { sendResult } from '../sendResult.ts';
import { eventJson } from '../views/event.ts';
import { pageJson } from '../views/page.ts';
import { explanationJson } from '../views/stock.ts';
import { ByLevel } from './parameters.ts';

const tag = 'Stock';

const StatementQuery = Type.Object(
  {
    order: Type.Optional(
      Type.Enum(['oldest', 'newest'], {
        default: 'oldest',
        description: 'Which movement comes first',
      }),
    ),
    ...PAGING,
  },
  CLOSED,
);

const ExplainQuery = Type.Object(PAGING, CLOSED);

const STATEMENT = {
  ...reading({
    tag,
    operationId: 'getStatement',
    summary: 'The statement of one stock level',
    description:
      'Every movement of the level with the balances that it left, as in a bank statement.',
    answers: {
      200: {
        description: 'One page',
        schema: listOf(ref(Event)),
        example: { data: [EVENT_EXAMPLE], nextCursor: null },
      },
    },
    problems: ['stock_not_found', 'invalid_cursor'],
  }),
  params: ByLevel,
  querystring: StatementQuery,
};

const EXPLAIN = {
  ...reading({
    tag,
    operationId: 'explainStock',
    summary: 'Why the stock of a level is what it is',
    description:
      'What makes up the number, each open hold and when it frees up, which other node owns how many and since when that is known, and where else there is stock. `limit` and `cursor` are those of the holds.',
    answers: { 200: { description: 'The explanation', schema: ref(Explanation) } },
    problems: ['product_not_found', 'location_not_found', 'invalid_cursor'],
  }),
  params: ByLevel,
  querystring: ExplainQuery,
};

/** Where the number of one level comes from. */
export function stockDetailRoutes(app: App, { queries, node }: HttpParts): void {
  app.get(
    '/v1/stock/:sku/:location/events',
    { schema: STATEMENT },
    async ({ params: { sku, location }, query: { order, ...paging } }, reply) => {
      const newestFirst = order === 'newest';
      const result = await queries.statement(sku, location, { newestFirst }, paging);
      return sendResult(reply, result, (page) => pageJson(page, (line) => eventJson(line, node)));
    },
  );

  app.get(
    '/v1/stock/:sku/:location/explain',
    { schema: EXPLAIN },
    async ({ params: { sku, location }, query }, reply) =>
      sendResult(reply, await queries.explain(sku, location, query), explanationJson),
  );
}
