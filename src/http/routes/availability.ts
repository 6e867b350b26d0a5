import { Type } from 'typebox';
import { AVAILABILITY_SKUS_MAX } from '../../queries/availability.ts';
import type { App } from '../fastify.ts';
import { readingList } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { CLOSED, ref, Sku } from '../schemas/common.ts';
import { AVAILABILITY_EXAMPLE } from '../schemas/examples.ts';
import { Availability } from '../schemas/stock.ts';

const AvailabilityQuery = Type.Object(
  { sku: Type.Array(Sku, { minItems: 1, maxItems: AVAILABILITY_SKUS_MAX }) },
  CLOSED,
);

const GET = {
  ...readingList({
    tag: 'Stock',
    operationId: 'getAvailability',
    summary: 'What can be promised of some products, for a shop page',
    description:
      'In total and per location, for up to 200 products: `?sku=A&sku=B`. `available` can be promised here now; `elsewhere` is what other nodes have besides, which is asked for when it is wanted. A product that was never stocked has none.',
    answers: {
      200: {
        description: 'One entry for each SKU, in the order of first mention',
        schema: Type.Object({ data: Type.Array(ref(Availability)) }),
        example: { data: [AVAILABILITY_EXAMPLE] },
      },
    },
  }),
  querystring: AvailabilityQuery,
};

export function availabilityRoutes(app: App, { queries }: HttpParts): void {
  app.get('/v1/availability', { schema: GET }, async (request, reply) =>
    reply.send({ data: await queries.availability(request.query.sku) }),
  );
}
