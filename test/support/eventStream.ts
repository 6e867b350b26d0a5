import type { Json } from './api.ts';

/** The log from a position on as a server sends it, live; ends when the signal aborts. */
async function* followLog(
  url: string,
  signal: AbortSignal,
  after = 0,
): AsyncGenerator<Json, void, void> {
  const headers = { accept: 'text/event-stream' };
  try {
    const { body } = await fetch(`${url}/v1/events?after=${after}`, { headers, signal });
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) yield JSON.parse(data) as Json;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Follows the log until `isEnough` says so. @returns everything that came */
export async function logUntil(
  url: string,
  isEnough: (events: readonly Json[]) => boolean,
): Promise<readonly Json[]> {
  const events: Json[] = [];
  const stop = new AbortController();
  for await (const event of followLog(url, stop.signal)) {
    events.push(event);
    if (isEnough(events)) break;
  }
  stop.abort();
  return events;
}
