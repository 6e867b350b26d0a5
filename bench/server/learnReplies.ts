import { createCursor, type Plan, type PlannedRequest } from '../load/plan.ts';
import type { Reply } from './messages.ts';

/** Headers that belong to the reply rather than to the connection or the request. */
const HEADERS = ['content-type', 'location', 'etag'];

/**
 * Sends one request of each route of the plan: of lives, one whole life.
 * @throws {Error} when one is not answered with 2xx: then there would be nothing worth measuring
 */
export async function learnReplies(url: string, plan: Plan): Promise<Reply[]> {
  const cursor = createCursor(plan);
  const routes = plan.kind === 'cycle' ? 1 : 1 + Object.keys(plan.next).length;
  const replies: Reply[] = [];
  for (let i = 0; i < routes; i++) {
    const { reply, text } = await ask(url, cursor.next());
    cursor.answered(text);
    replies.push(reply);
  }
  return replies;
}

async function ask(
  url: string,
  { method, route, path, body }: PlannedRequest,
): Promise<{ readonly reply: Reply; readonly text: string }> {
  const type = body === null ? {} : { headers: { 'content-type': 'application/json' } };
  const response = await fetch(url + path, { method, body, ...type });
  const text = await response.text();
  const { ok, status } = response;
  if (!ok) throw new Error(`${method} ${path} answered ${status}: ${text}`);
  const headers = HEADERS.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  const reply = {
    method,
    route,
    status,
    headers: Object.fromEntries(headers),
    body: JSON.parse(text),
  };
  return { reply, text };
}
