import { Type } from 'typebox';
import { toPutLocation } from '../commands/catalogue.ts';
import type { App } from '../fastify.ts';
import { reading, writing } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { Location, LocationContent } from '../schemas/catalogue.ts';
import { listOf, NoQuery, ref } from '../schemas/common.ts';
import { LOCATION_EXAMPLE } from '../schemas/examples.ts';
import { sendResult } from '../sendResult.ts';
import { submitCommand } from '../submit.ts';
import { pageJson } from '../views/stock.ts';
import { ByLocation } from './parameters.ts';
import { CatalogueQuery } from './products.ts';

const tag = 'Catalogue';

export function locationRoutes(app: App, parts: HttpParts): void {
  const { queries } = parts;

  app.put(
    '/v1/locations/:location',
    {
      schema: {
        ...writing(
          {
            tag,
            operationId: 'putLocation',
            summary: 'Make or change a location',
            description:
              'Members that are left out become null. Content that is there already changes nothing; every change is a notice in the log.',
            answers: {
              200: { description: 'Changed', schema: ref(Location) },
              201: { description: 'Made', schema: ref(Location) },
            },
          },
          ['putLocation'],
        ),
        params: ByLocation,
        querystring: NoQuery,
        body: ref(LocationContent),
      },
    },
    (request, reply) =>
      submitCommand(parts, request, reply, toPutLocation(request.params.location, request.body)),
  );

  app.get(
    '/v1/locations/:location',
    {
      schema: {
        ...reading({
          tag,
          operationId: 'getLocation',
          summary: 'One location',
          description: 'What the catalogue knows of a location.',
          answers: {
            200: { description: 'The location', schema: ref(Location) },
          },
          problems: ['location_not_found'],
        }),
        params: ByLocation,
        querystring: NoQuery,
      },
    },
    async (request, reply) =>
      sendResult(reply, await queries.location(request.params.location), same),
  );

  app.get(
    '/v1/locations',
    {
      schema: {
        ...reading({
          tag,
          operationId: 'listLocations',
          summary: 'Locations, by name',
          description: 'All locations, page by page.',
          answers: {
            200: {
              description: 'One page',
              schema: listOf(ref(Location)),
              example: { data: [LOCATION_EXAMPLE], nextCursor: null },
            },
          },
          problems: ['invalid_cursor'],
        }),
        querystring: CatalogueQuery,
      },
    },
    async ({ query: { query, ...paging } }, reply) => {
      const filter = query === undefined ? {} : { query };
      const result = await queries.locations(filter, paging);
      return sendResult(reply, result, (page) => pageJson(page, same));
    },
  );

  app.delete(
    '/v1/locations/:location',
    {
      schema: {
        ...writing(
          {
            tag,
            operationId: 'deleteLocation',
            summary: 'Remove a location',
            description: 'Only when it has no stock. Its history stays in the log.',
            answers: { 204: { description: 'Removed', schema: Type.Null() } },
          },
          ['deleteLocation'],
          false,
        ),
        params: ByLocation,
        querystring: NoQuery,
      },
    },
    (request, reply) =>
      submitCommand(parts, request, reply, {
        type: 'deleteLocation',
        location: request.params.location,
      }),
  );
}

function same<T>(value: T): T {
  return value;
}
