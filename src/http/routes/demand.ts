import { Type } from 'typebox';
import type { App } from '../fastify.ts';
import { readingList } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { CLOSED, LocationName, listOf, PAGING, ref, Sku, Time } from '../schemas/common.ts';
import { DEMAND_EXAMPLE } from '../schemas/examples.ts';
import { Demand } from '../schemas/stock.ts';
import { sendResult } from '../sendResult.ts';
import { parseTime } from '../times.ts';
import { pageJson } from '../views/page.ts';
import { demandJson } from '../views/stock.ts';

const DemandQuery = Type.Object(
  {
    sku: Type.Optional(Sku),
    location: Type.Optional(LocationName),
    from: Type.Optional(Type.String({ ...Time, description: 'Minutes that begin then or later' })),
    to: Type.Optional(Type.String({ ...Time, description: 'Minutes that begin before' })),
    ...PAGING,
  },
  CLOSED,
);

const LIST = {
  ...readingList({
    tag: 'Stock',
    operationId: 'listDemand',
    summary: 'Demand that was turned away for want of stock',
    description: 'Requests and missing units per minute and stock level, oldest first.',
    answers: {
      200: {
        description: 'One page',
        schema: listOf(ref(Demand)),
        example: { data: [DEMAND_EXAMPLE], nextCursor: null },
      },
    },
    problems: ['invalid_cursor'],
  }),
  querystring: DemandQuery,
};

export function demandRoutes(app: App, { queries }: HttpParts): void {
  app.get(
    '/v1/demand',
    { schema: LIST },
    async ({ query: { sku, location, from, to, ...paging } }, reply) => {
      const filter = {
        ...(sku !== undefined && { sku }),
        ...(location !== undefined && { location }),
        ...(from !== undefined && { from: parseTime(from) }),
        ...(to !== undefined && { to: parseTime(to) }),
      };
      const result = await queries.demand(filter, paging);
      return sendResult(reply, result, (page) => pageJson(page, demandJson));
    },
  );
}
