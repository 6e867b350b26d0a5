/** One request as it is sent; `<id>` in its path stands for the id of a reservation. */
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
  /** Lives of reservations: an answer brings on the next step of the one that it is about, by its status. */
  | { readonly kind: 'lives'; readonly first: PlannedRequest; readonly next: NextSteps };

/** What is sent for a reservation that has this status. */
export type NextSteps = { readonly [status: string]: PlannedRequest };

/** The same plan under another prefix of paths. */
export function withPrefix(plan: Plan, prefix: string): Plan {
  const prefixed = (request: PlannedRequest) => ({ ...request, path: prefix + request.path });
  if (plan.kind === 'cycle') return { ...plan, requests: plan.requests.map(prefixed) };
  const next = Object.entries(plan.next).map(([status, request]) => [status, prefixed(request)]);
  return { ...plan, first: prefixed(plan.first), next: Object.fromEntries(next) };
}

/** Gives the requests of a plan one by one, for all connections together. `wrk.lua` does the same. */
export interface Cursor {
  next(): PlannedRequest;
  /** Tells it what was answered; only lives need it. */
  answered(body: string): void;
}

export function createCursor(plan: Plan): Cursor {
  return plan.kind === 'cycle' ? cycle(plan.requests) : lives(plan.first, plan.next);
}

function cycle(requests: readonly PlannedRequest[]): Cursor {
  let sent = 0;
  return {
    next() {
      const request = requests[sent % requests.length];
      if (request === undefined) throw new Error('a plan has at least one request');
      sent += 1;
      return request;
    },
    answered: () => undefined,
  };
}

function lives(first: PlannedRequest, next: NextSteps): Cursor {
  const due: PlannedRequest[] = [];
  return {
    next: () => due.pop() ?? first,
    answered(body) {
      const { id, status } = reservationIn(body);
      const step = next[status];
      if (step !== undefined) due.push({ ...step, path: step.path.replace('<id>', id) });
    },
  };
}

/** By pattern and not by parsing, as the other tool does it: it is done for every answer. */
function reservationIn(body: string): { readonly id: string; readonly status: string } {
  const [, id = ''] = /"id":"([^"]+)"/.exec(body) ?? [];
  const [, status = ''] = /"status":"([^"]+)"/.exec(body) ?? [];
  return { id, status };
}
