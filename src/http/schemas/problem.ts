import { Type } from 'typebox';
import { PROBLEM_CODES } from '../problemCodes.ts';
import { PROBLEM_EXAMPLE } from './examples.ts';

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

export const Problem = Type.Object(STANDARD, {
  $id: 'Problem',
  examples: [PROBLEM_EXAMPLE],
  additionalProperties: true,
  description: 'RFC 9457. Further members are data of the problem, as `shortages`.',
});
