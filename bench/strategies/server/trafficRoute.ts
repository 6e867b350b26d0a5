import type { App } from '../../../src/http/fastify.ts';
import { type Traffic, traffic } from './counting.ts';

export const TRAFFIC_PATH = '/bench/traffic';

export interface TrafficFigures extends Traffic {
  /** Attempts that were made again. */
  readonly retries: number;
}

/** Answers what the process has asked its database; nothing of it is part of the product. */
export function addTrafficRoute(app: App, retries: () => number | Promise<number>): void {
  app.get(TRAFFIC_PATH, async (): Promise<TrafficFigures> => {
    return { ...traffic(), retries: await retries() };
  });
}
