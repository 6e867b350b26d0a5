/** One request as it is sent; `<id>` in path and body stands for a reservation's id. */
export interface PlannedRequest {
  readonly method: 'GET' | 'POST';
  /** The pattern of the route that the path belongs to, as Fastify writes it. */
  readonly route: string;
  readonly path: string;
  /** JSON, or null for none. */
  readonly body: string | null;
}

/** What the load generator sends, whatever tool it is. */
export type Plan =
  /** The requests in order, again and again. */
  | { readonly kind: 'cycle'; readonly requests: readonly PlannedRequest[] }
  /**
   * The steps of many lives side by side: a life takes its next step once `lag` later lives have taken theirs, so the
   * answer to the step before has long come when `lag` is several times the number of connections.
   */
  | { readonly kind: 'lives'; readonly steps: readonly PlannedRequest[]; readonly lag: number };

/** The same plan under another prefix of paths. */
export function withPrefix(plan: Plan, prefix: string): Plan {
  const prefixed = (request: PlannedRequest) => ({ ...request, path: prefix + request.path });
  return plan.kind === 'cycle'
    ? { ...plan, requests: plan.requests.map(prefixed) }
    : { ...plan, steps: plan.steps.map(prefixed) };
}

/** The distinct routes of a plan, one request for each: what is asked once to learn the replies. */
export function firstOfEach(plan: Plan): readonly PlannedRequest[] {
  return plan.kind === 'cycle' ? plan.requests.slice(0, 1) : plan.steps;
}

/** Gives the requests of a plan one by one, for all connections together. `wrk.lua` does the same. */
export function createCursor(plan: Plan, idPrefix: string): () => PlannedRequest {
  if (plan.kind === 'lives') return livesCursor(plan.steps, plan.lag, idPrefix);
  let sent = 0;
  return () => {
    const request = plan.requests[sent % plan.requests.length];
    if (request === undefined) throw new Error('a plan has at least one request');
    sent += 1;
    return request;
  };
}

function livesCursor(
  steps: readonly PlannedRequest[],
  lag: number,
  idPrefix: string,
): () => PlannedRequest {
  const taken = steps.map(() => 0);
  return () => {
    const index = nextStep(taken, lag);
    const step = steps[index];
    if (step === undefined) throw new Error('a life has at least one step');
    const life = taken[index] ?? 0;
    taken[index] = life + 1;
    return withId(step, reservationId(idPrefix, life));
  };
}

/** The last step that is far enough behind the one before it; else a new life begins. */
function nextStep(taken: readonly number[], lag: number): number {
  for (let step = taken.length - 1; step > 0; step--) {
    if ((taken[step - 1] ?? 0) - (taken[step] ?? 0) > lag) return step;
  }
  return 0;
}

export function withId(request: PlannedRequest, id: string): PlannedRequest {
  const { path, body } = request;
  return {
    ...request,
    path: path.replace('<id>', id),
    body: body === null ? null : body.replace('<id>', id),
  };
}

/** The first four groups of UUIDv7s that sort after all that were made before `now` (milliseconds since 1970). */
export function idPrefixAt(now: number): string {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000`;
}

export function reservationId(prefix: string, life: number): string {
  return `${prefix}-${life.toString(16).padStart(12, '0')}`;
}
