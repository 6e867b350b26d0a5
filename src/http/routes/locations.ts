import { Type } from 'typebox';
import type { Location as LocationRow } from '../../domain/catalogue.ts';
import { toPutLocation } from '../commands/catalogue.ts';
import type { App } from '../fastify.ts';
import { reading, readingList, writing } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { Location, LocationContent } from '../schemas/catalogue.ts';
import { listOf, NoQuery, ref } from '../schemas/common.ts';
import { LOCATION_EXAMPLE } from '../schemas/examples.ts';
import { sendResult } from '../sendResult.ts';
import { submitCommand } from '../submit.ts';
import { locationJson } from '../views/catalogue.ts';
import { pageJson } from '../views/page.ts';
import { ByLocation } from './parameters.ts';
import { CatalogueQuery } from './products.ts';

const tag = 'Catalogue';

const PUT = {
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
};

const GET = {
  ...reading({
    tag,
    operationId: 'getLocation',
    summary: 'One location',
    description: 'A store, warehouse or venue.',
    answers: { 200: { description: 'The location', schema: ref(Location) } },
    problems: ['location_not_found'],
  }),
  params: ByLocation,
  querystring: NoQuery,
};

const LIST = {
  ...readingList({
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
};

const DELETE = {
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
};

export function locationRoutes(app: App, parts: HttpParts): void {
  const { queries, node } = parts;
  const view = (row: LocationRow) => locationJson(row, node);
  const path = '/v1/locations/:location';
  app.put(path, { schema: PUT }, (request, reply) =>
    submitCommand(parts, request, reply, toPutLocation(request.params.location, request.body)),
  );
  app.get(path, { schema: GET }, async (request, reply) =>
    sendResult(reply, await queries.location(request.params.location), view),
  );
  app.delete(path, { schema: DELETE }, (request, reply) => {
    const { location } = request.params;
    return submitCommand(parts, request, reply, { type: 'deleteLocation', location });
  });
  app.get('/v1/locations', { schema: LIST }, async ({ query: { query, ...paging } }, reply) => {
    const result = await queries.locations(query === undefined ? {} : { query }, paging);
    return sendResult(reply, result, (page) => pageJson(page, view));
  });
}
