/** What the bench asks one of its servers, one question at a time. */
export type Question =
  | { readonly kind: 'figures'; readonly collect: boolean }
  /** Make the twins of these routes answer as they did. */
  | { readonly kind: 'learn'; readonly replies: readonly Reply[] }
  /** Finish what was accepted, and end. */
  | { readonly kind: 'stop' };

export type Message =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'learned' }
  | ({ readonly kind: 'figures' } & ServerFigures);

/** Totals since the server started. */
export interface ServerFigures {
  /** Of all threads of the process, user and system. */
  readonly cpuMs: number;
  readonly commits: number;
  readonly commands: number;
  /** Resident memory, and of it what the JavaScript heap uses. */
  readonly residentBytes: number;
  readonly heapBytes: number;
}

/** How a route answered once; its twin and the bare server always answer so. */
export interface Reply {
  readonly method: 'GET' | 'POST';
  readonly route: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export const NO_COMMITS = { commits: 0, commands: 0 };

/**
 * @param collect whether garbage is collected first, so that what remains is in use; only where Node was started with
 *   --expose-gc
 */
export function processFigures(
  counts: Pick<ServerFigures, 'commits' | 'commands'>,
  collect = false,
): ServerFigures {
  if (collect) globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    ...counts,
    cpuMs: (user + system) / 1_000,
    residentBytes: rss,
    heapBytes: heapUsed,
  };
}
