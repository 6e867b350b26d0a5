import { Type } from 'typebox';
import { REFERENCE_CODE_POINTS_MAX } from '../../domain/limits.ts';
import { toPutProduct } from '../commands/catalogue.ts';
import type { App } from '../fastify.ts';
import { reading, readingList, writing } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { Product, ProductContent, ProductRemoval } from '../schemas/catalogue.ts';
import { CLOSED, listOf, NoQuery, PAGING, ref } from '../schemas/common.ts';
import { PRODUCT_EXAMPLE } from '../schemas/examples.ts';
import { sendResult } from '../sendResult.ts';
import { submitCommand } from '../submit.ts';
import { productJson } from '../views/catalogue.ts';
import { pageJson } from '../views/page.ts';
import { BySku } from './parameters.ts';

const tag = 'Catalogue';

/** Search parameters of the two lists of the catalogue. */
export const CatalogueQuery = Type.Object(
  {
    query: Type.Optional(
      Type.String({
        format: 'text',
        maxLength: REFERENCE_CODE_POINTS_MAX,
        description: 'Part of the identifier or of the name; letter case does not matter',
      }),
    ),
    ...PAGING,
  },
  CLOSED,
);

const PUT = {
  ...writing(
    {
      tag,
      operationId: 'putProduct',
      summary: 'Make or change a product',
      description:
        'Members that are left out become null. Content that is there already changes nothing; every change is a notice in the log.',
      answers: {
        200: { description: 'Changed', schema: ref(Product) },
        201: { description: 'Made', schema: ref(Product) },
      },
    },
    ['putProduct'],
  ),
  params: BySku,
  querystring: NoQuery,
  body: ref(ProductContent),
};

const GET = {
  ...reading({
    tag,
    operationId: 'getProduct',
    summary: 'One product',
    description: 'What the catalogue knows of a product.',
    answers: { 200: { description: 'The product', schema: ref(Product) } },
    problems: ['product_not_found'],
  }),
  params: BySku,
  querystring: NoQuery,
};

const LIST = {
  ...readingList({
    tag,
    operationId: 'listProducts',
    summary: 'Products, by SKU',
    description: 'The catalogue, page by page.',
    answers: {
      200: {
        description: 'One page',
        schema: listOf(ref(Product)),
        example: { data: [PRODUCT_EXAMPLE], nextCursor: null },
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
      operationId: 'deleteProduct',
      summary: 'Remove a product',
      description:
        'Only when no unit of it is anywhere. Where shops have nodes of their own each is asked, and the product goes by itself when the last of them has said that it has none; one that has some keeps it for all, and so does making the product again meanwhile. Asked again, the answer says whom it waits for still. Its history stays in the log.',
      answers: {
        202: {
          description: 'It goes when the nodes that are named have said that they have none',
          schema: ref(ProductRemoval),
        },
        204: { description: 'Removed', schema: Type.Null() },
      },
    },
    ['deleteProduct'],
    false,
  ),
  params: BySku,
  querystring: NoQuery,
};

export function productRoutes(app: App, parts: HttpParts): void {
  const { queries } = parts;
  const path = '/v1/products/:sku';
  app.put(path, { schema: PUT, config: { multilineText: true } }, (request, reply) =>
    submitCommand(parts, request, reply, toPutProduct(request.params.sku, request.body)),
  );
  app.get(path, { schema: GET }, async (request, reply) =>
    sendResult(reply, await queries.product(request.params.sku), productJson),
  );
  app.delete(path, { schema: DELETE }, (request, reply) =>
    submitCommand(parts, request, reply, { type: 'deleteProduct', sku: request.params.sku }),
  );
  app.get('/v1/products', { schema: LIST }, async ({ query: { query, ...paging } }, reply) => {
    const result = await queries.products(query === undefined ? {} : { query }, paging);
    return sendResult(reply, result, (page) => pageJson(page, productJson));
  });
}
