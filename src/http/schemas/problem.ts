import { Type } from 'typebox';
import { PROBLEM_CODES } from '../problemCodes.ts';
import { LocationName, NodeName, nullable, Sku, Time, Units } from './common.ts';
import { PROBLEM_EXAMPLE } from './examples.ts';
import { Origins } from './sourcing.ts';

const STANDARD = {
  type: Type.String({ description: 'Path of the page that explains the problem' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: 'What went wrong this time' }),
  instance: Type.String({ description: 'The request id' }),
  code: Type.Enum(PROBLEM_CODES, { description: 'Stable: what programs should look at' }),
  retryable: Type.Boolean({
    description: 'Whether the same request, sent again later, may succeed',
  }),
};

const Shortage = Type.Object({
  sku: Sku,
  location: Type.Optional(LocationName),
  from: Type.Optional(Origins),
  requested: Units,
  available: Units,
  earliestReleaseAt: nullable<string>(
    Type.String({ description: 'When the first hold ends; null where nothing is held' }),
  ),
  notLookedAt: Type.Optional(
    Type.Object(
      {
        locations: Type.Integer({ description: 'How many places' }),
        units: Type.Integer({ description: 'Units in them, whichever node has them' }),
      },
      {
        description:
          'Of a line that leaves the location open: further places with units that were not tried, because one order may not come from more, or another node could not be asked any more. A smaller order, or the same one later, may be filled. Left out where there are none',
      },
    ),
  ),
  elsewhere: Type.Optional(
    Type.Array(Type.Object({ node: NodeName, available: Units, asOf: Time }), {
      description:
        'What other nodes have available of it, with the time of theirs at which that was so; left out where that is nothing',
    }),
  ),
});

const MEMBERS = {
  ...STANDARD,
  shortages: Type.Optional(
    Type.Array(Shortage, { description: 'Of `insufficient_stock`: what is missing' }),
  ),
};

export const Problem = Type.Object(MEMBERS, {
  $id: 'Problem',
  examples: [PROBLEM_EXAMPLE],
  additionalProperties: true,
  description: 'RFC 9457. Further members are data of the problem, as `shortages`.',
});
