import { Counter, Histogram, type Registry } from 'prom-client';

/** Measures the requests of one method on one route pattern. */
export interface RouteMeter {
  observe(status: number, durationMs: number): void;
}

/** Upper bounds of the buckets, in milliseconds. */
const BOUNDS_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/**
 * The requests that were answered, by method, route pattern and status. Counted in plain arrays and handed to
 * prom-client when it is asked: its own `observe` builds a text from the labels for every request.
 */
export class RouteMeters {
  readonly #meters = new Map<string, Meter>();

  constructor(registry: Registry) {
    const meters = this.#meters;
    new Counter({
      name: 'holdfast_http_requests_total',
      help: 'Requests that were answered',
      labelNames: ['method', 'route', 'status'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { method, route, statuses } of meters.values()) {
          for (const [status, count] of statuses) this.inc({ method, route, status }, count);
        }
      },
    });
    registry.registerMetric(new RouteDurations(meters));
  }

  meter(method: string, route: string): RouteMeter {
    const name = `${method} ${route}`;
    const meter = this.#meters.get(name) ?? new Meter(method, route);
    this.#meters.set(name, meter);
    return meter;
  }
}

class Meter implements RouteMeter {
  readonly method: string;
  readonly route: string;
  readonly statuses = new Map<number, number>();
  /** Requests in each bucket; the last one is for those above all bounds. */
  readonly buckets: number[] = new Array(BOUNDS_MS.length + 1).fill(0);
  sumMs = 0;

  constructor(method: string, route: string) {
    this.method = method;
    this.route = route;
  }

  observe(status: number, durationMs: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    let bucket = 0;
    while (durationMs > (BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.sumMs += durationMs;
  }
}

const DURATION = 'holdfast_http_request_duration_seconds';
const DURATION_HELP = 'From the first byte of a request to the last of its answer';

class RouteDurations extends Histogram {
  readonly #meters: ReadonlyMap<string, Meter>;

  constructor(meters: ReadonlyMap<string, Meter>) {
    super({ name: DURATION, help: DURATION_HELP, registers: [] });
    this.#meters = meters;
  }

  /** What prom-client makes its output from; the base class would have the observed values here, of which there are none. */
  getForPromString() {
    const values = [...this.#meters.values()].filter(isUsed).flatMap(seriesOf);
    const type = 'histogram';
    return Promise.resolve({
      name: DURATION,
      help: DURATION_HELP,
      type,
      aggregator: 'sum',
      values,
    });
  }
}

function isUsed({ statuses }: Meter): boolean {
  return statuses.size > 0;
}

function seriesOf({ method, route, buckets, sumMs }: Meter) {
  let count = 0;
  const series = buckets.map((requests, index) => {
    count += requests;
    const boundMs = BOUNDS_MS[index];
    const le = boundMs === undefined ? '+Inf' : boundMs / 1_000;
    return { metricName: `${DURATION}_bucket`, labels: { method, route, le }, value: count };
  });
  return [
    ...series,
    { metricName: `${DURATION}_sum`, labels: { method, route }, value: sumMs / 1_000 },
    { metricName: `${DURATION}_count`, labels: { method, route }, value: count },
  ];
}
