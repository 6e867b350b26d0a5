import { MOVEMENT_COMMANDS } from '../../domain/commands.ts';
import { toMovement } from '../commands/movement.ts';
import type { App } from '../fastify.ts';
import { writing } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { NoQuery, ref } from '../schemas/common.ts';
import { Event } from '../schemas/event.ts';
import { NewMovement } from '../schemas/movement.ts';
import { submitCommand } from '../submit.ts';

const DESCRIPTION = `
- \`receive\` brings units in from a supplier, \`return\` from a customer.
- \`sell\` hands units over without a reservation, as at a till.
- \`adjust\` adds units, or takes them away where \`quantity\` is below zero.
- \`count\` says how many units are on hand, promised ones included; \`available\` takes up the difference.
- \`quarantine\` takes units from sale, \`restore\` puts them back.

\`count\`, \`sell\` and \`adjust\` take \`allowShortfall\`: what has happened is then written down even where the books say that it cannot have.`;

const POST = {
  ...writing(
    {
      tag: 'Stock',
      operationId: 'postMovement',
      summary: 'Change the stock of a product at a location',
      description: `One change of one stock level.\n${DESCRIPTION}`,
      answers: {
        201: { description: 'The event that was written to the log', schema: ref(Event) },
      },
    },
    MOVEMENT_COMMANDS,
  ),
  querystring: NoQuery,
  body: ref(NewMovement),
};

export function movementRoutes(app: App, parts: HttpParts): void {
  app.post('/v1/movements', { schema: POST }, (request, reply) =>
    submitCommand(parts, request, reply, toMovement(request.body)),
  );
}
