import { toCancel, toConfirm, toExtend, toFulfil } from '../commands/reservation.ts';
import type { App } from '../fastify.ts';
import { writing } from '../operation.ts';
import type { HttpParts } from '../parts.ts';
import { NoQuery, ref } from '../schemas/common.ts';
import {
  Cancellation,
  Confirmation,
  Extension,
  Fulfilment,
  Reservation,
} from '../schemas/reservation.ts';
import { submitCommand } from '../submit.ts';
import { ByReservation, emptyBodyAllowed } from './parameters.ts';

/** What a reservation goes through after it was made. */
export function reservationStepRoutes(app: App, parts: HttpParts): void {
  app.post(
    '/v1/reservations/:id/confirm',
    { preValidation: emptyBodyAllowed, schema: { ...CONFIRM, body: ref(Confirmation) } },
    (request, reply) =>
      submitCommand(parts, request, reply, toConfirm(request.params.id, request.body)),
  );
  app.post(
    '/v1/reservations/:id/cancel',
    { preValidation: emptyBodyAllowed, schema: { ...CANCEL, body: ref(Cancellation) } },
    (request, reply) =>
      submitCommand(parts, request, reply, toCancel(request.params.id, request.body)),
  );
  app.post(
    '/v1/reservations/:id/extend',
    { schema: { ...EXTEND, body: ref(Extension) } },
    (request, reply) =>
      submitCommand(parts, request, reply, toExtend(request.params.id, request.body)),
  );
  app.post(
    '/v1/reservations/:id/fulfil',
    { preValidation: emptyBodyAllowed, schema: { ...FULFIL, body: ref(Fulfilment) } },
    (request, reply) =>
      submitCommand(parts, request, reply, toFulfil(request.params.id, request.body)),
  );
}

type Step = 'confirm' | 'cancel' | 'extend' | 'fulfil';

const CONFIRM = step(
  'confirm',
  'Sell what is held',
  'With `lines` in part; the rest is released. Confirming again in the same way is accepted and changes nothing.',
);
const CANCEL = step(
  'cancel',
  'Give back what is held or sold',
  'What was not handed over comes back, once: cancelling again changes nothing. Where something was handed over, the reservation ends as `fulfilled`.',
);
const EXTEND = step(
  'extend',
  'Make a hold last longer',
  'The hold ends `ttlSeconds` from now, but never sooner than it would have, and not later than its longest life in all.',
);
const FULFIL = step(
  'fulfil',
  'Hand over what was sold',
  'Quantities are totals so far, so that a repeated request ships nothing twice. A reservation that is handed over in part stays `confirmed`.',
);

function step(type: Step, summary: string, description: string) {
  const operationId = `${type}Reservation`;
  const answers = {
    200: { description: 'The reservation as it stands now', schema: ref(Reservation) },
  };
  const text = { tag: 'Reservations', operationId, summary, description, answers };
  return { ...writing(text, [type]), params: ByReservation, querystring: NoQuery };
}
