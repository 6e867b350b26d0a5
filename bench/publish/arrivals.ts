import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

/** Positions as they arrive at a reader, and when. */
export class Arrivals {
  readonly #waiting = new Map<number, (at: number) => void>();

  arrived(position: number): void {
    this.#waiting.get(position)?.(performance.now());
    this.#waiting.delete(position);
  }

  /** @returns when it arrived, by `performance.now()` */
  of(position: number): Promise<number> {
    return new Promise((resolve) => this.#waiting.set(position, resolve));
  }
}

/** Reads a stream of NATS from now on. @returns how to end that */
export async function readNats(
  url: string,
  stream: string,
  arrivals: Arrivals,
): Promise<() => Promise<void>> {
  const connection = await connect({ servers: url });
  const consumer = await jetstream(connection).consumers.get(stream, { deliver_policy: 'new' });
  const messages = await consumer.consume({ callback: ({ seq }) => arrivals.arrived(seq) });
  return async () => {
    await messages.close();
    await connection.close();
  };
}

/** Reads server-sent events after a position. @returns how to end that */
export function readStream(url: string, after: number, arrivals: Arrivals): () => Promise<void> {
  const stop = new AbortController();
  const ended = follow(`${url}/v1/events?after=${after}`, stop.signal, arrivals);
  return async () => {
    stop.abort();
    await ended;
  };
}

async function follow(url: string, signal: AbortSignal, arrivals: Arrivals): Promise<void> {
  try {
    const { body } = await fetch(url, { headers: { accept: 'text/event-stream' }, signal });
    for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      for (const [, position] of text.matchAll(/^id: (\d+)$/gm)) arrivals.arrived(Number(position));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
