import type { Command } from '../../src/domain/commands.ts';
import type { ModelCommand, ModelResult } from './model.ts';
import { asCommand } from './modelCommands.ts';

/** A command of the model as a request to the HTTP API. */
export interface ModelRequest {
  readonly path: string;
  readonly body: unknown;
}

/** The names that a history uses for the SKUs, the location and the reservations of the model. */
export interface ModelNames {
  readonly location: string;
  readonly sku: (sku: string) => string;
  readonly id: (id: string) => string;
}

/** @param salt makes the content of each reservation its own */
export function asRequest(command: ModelCommand, names: ModelNames, salt: string): ModelRequest {
  return requestOf(asCommand(renamed(command, names), names.location, names.id, salt));
}

/** @returns what came of a request, as the model says it */
export function asResult(status: number, body: { readonly [name: string]: unknown }): ModelResult {
  if (status >= 400) return String(body['code']);
  return typeof body['status'] === 'string' ? body['status'] : 'ok';
}

function renamed(command: ModelCommand, { sku }: ModelNames): ModelCommand {
  if ('sku' in command) return { ...command, sku: sku(command.sku) };
  if (!('lines' in command) || !command.lines) return command;
  const lines = command.lines.map((line) => ({ ...line, sku: sku(line.sku) }));
  return { ...command, lines };
}

function requestOf(command: Command): ModelRequest {
  switch (command.type) {
    case 'reserve': {
      const { reservationId: id, lines, ttlSeconds, reference } = command;
      return { path: '/v1/reservations', body: { id, lines, ttlSeconds, reference } };
    }
    case 'confirm':
    case 'cancel':
    case 'fulfil': {
      const { type, reservationId, ...body } = command;
      return { path: `/v1/reservations/${reservationId}/${type}`, body };
    }
    default:
      return { path: '/v1/movements', body: command };
  }
}
