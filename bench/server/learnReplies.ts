import { firstOfEach, idPrefixAt, type Plan, reservationId, withId } from '../load/plan.ts';
import type { Reply } from './messages.ts';

/** Headers that belong to the reply rather than to the connection or the request. */
const HEADERS = ['content-type', 'location', 'etag'];

/**
 * Sends one request of each route of the plan, in order, as one life.
 * @throws {Error} when one is not answered with 2xx: then there would be nothing worth measuring
 */
export async function learnReplies(url: string, plan: Plan): Promise<Reply[]> {
  const id = reservationId(idPrefixAt(Date.now()), 0);
  const replies: Reply[] = [];
  for (const planned of firstOfEach(plan)) {
    const { method, route, path, body } = withId(planned, id);
    const response = await fetch(url + path, {
      method,
      body,
      ...(body !== null && { headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    const headers = HEADERS.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    const { status } = response;
    replies.push({
      method,
      route,
      status,
      headers: Object.fromEntries(headers),
      body: JSON.parse(text),
    });
  }
  return replies;
}
