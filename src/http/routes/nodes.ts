import { Type } from 'typebox';
import type { NodeReport } from '../../queries/nodes.ts';
import type { App } from '../fastify.ts';
import { reading } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { CLOSED, listOf, NoQuery, PAGING, ref } from '../schemas/common.ts';
import { NODE_EXAMPLE } from '../schemas/examples.ts';
import { Node } from '../schemas/node.ts';
import { sendResult } from '../sendResult.ts';
import { nodeReportJson } from '../views/node.ts';
import { pageJson } from '../views/page.ts';
import { ByNode } from './parameters.ts';

const tag = 'Nodes';

const GET = {
  ...reading({
    tag,
    operationId: 'getNode',
    summary: 'One node that this one has a link to',
    description: 'Its link, and how far the two nodes know of each other.',
    answers: { 200: { description: 'The node', schema: ref(Node) } },
    problems: ['node_not_found'],
  }),
  params: ByNode,
  querystring: NoQuery,
};

const LIST = {
  ...reading({
    tag,
    operationId: 'listNodes',
    summary: 'The nodes that this one has links to, by name',
    description: 'At the hub its shops, at a shop its hub. Retired ones stay in the list.',
    answers: {
      200: {
        description: 'One page',
        schema: listOf(ref(Node)),
        example: { data: [NODE_EXAMPLE], nextCursor: null },
      },
    },
    problems: ['invalid_cursor'],
  }),
  querystring: Type.Object(PAGING, CLOSED),
};

export function nodeRoutes(app: App, { queries, nodeStatus }: HttpParts): void {
  const view = (report: NodeReport) => nodeReportJson(report, nodeStatus?.(report.link.peer));
  app.get('/v1/nodes/:node', { schema: GET }, async (request, reply) =>
    sendResult(reply, await queries.node(request.params.node), view),
  );
  app.get('/v1/nodes', { schema: LIST }, async ({ query }, reply) =>
    sendResult(reply, await queries.nodes(query), (page) => pageJson(page, view)),
  );
}
