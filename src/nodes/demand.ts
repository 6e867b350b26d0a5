import { isMovement, type LoggedEvent } from '../domain/events.ts';
import type { Ends } from '../domain/links/atRest.ts';
import { REQUEST_HOLD_SECONDS } from '../domain/links/entries.ts';

/** An end of a link. */
export type End = keyof Ends;

const HOUR_MS = 3_600_000;
/** What is remembered of demand halves in this time: a week's rhythm evens out, and a season is followed. */
const SLOW_HALF_LIFE_MS = 7 * 24 * HOUR_MS;
/** A rush is noticed within minutes, and forgotten as soon. */
const FAST_HALF_LIFE_MS = HOUR_MS / 4;
/** Of less than a day nobody knows what is usual. */
const OBSERVED_MS_MIN = 24 * HOUR_MS;
/** A rush is what is more than so many standard deviations above nothing: one sale is none. */
const RUSH_DEVIATIONS = 2;
/** How long a rush is expected to go on. */
const RUSH_MS = HOUR_MS;
/** Where buyers of a SKU come from is taken to be where the location's do, as if so many units had shown it. */
const PRIOR_UNITS = 1;
/** SKUs of which demand is remembered; the longest unasked are forgotten first. */
const SKUS_MAX = 100_000;

/** Units that were asked for, each counting less as it grows old (exponentially weighted; Brown 1959). */
interface Tally {
  readonly slow: number;
  readonly fast: number;
  /** When it was counted last, milliseconds since 1970. */
  readonly at: number;
}

const NOTHING: Tally = { slow: 0, fast: 0, at: 0 };
const NOBODY: Readonly<Record<End, Tally>> = { hub: NOTHING, shop: NOTHING };

/**
 * How much buyers ask for at each end of a link, per SKU, as the two logs and the refusals here say. It is kept in
 * memory: after a start it is read anew from what is recent in both logs. Nothing but speed rests on it.
 */
export class DemandBook {
  readonly #skus = new Map<string, Readonly<Record<End, Tally>>>();
  /** Of all SKUs together. */
  #all: Readonly<Record<End, Tally>> = NOBODY;
  /** When the first demand was seen; what is usual is known from then on. */
  #since = Number.POSITIVE_INFINITY;
  #now = 0;

  /** Takes what an event of one end's log says of demand there. */
  learn(end: End, event: LoggedEvent): void {
    this.#now = Math.max(this.#now, event.time);
    const units = unitsAsked(event);
    if (event.sku !== null && units > 0) this.note(end, event.sku, units);
  }

  /** Units were asked for just now. */
  note(end: End, sku: string, units: number): void {
    this.#since = Math.min(this.#since, this.#now);
    this.#all = { ...this.#all, [end]: this.#add(this.#all[end], units) };
    const known = this.#skus.get(sku) ?? NOBODY;
    // Whoever was asked for last stands last.
    this.#skus.delete(sku);
    this.#skus.set(sku, { ...known, [end]: this.#add(known[end], units) });
    if (this.#skus.size > SKUS_MAX) this.#forgetOldest();
  }

  /**
   * Units that are expected to be asked for at each end within `horizonMs`. An end that nobody has asked yet is not one
   * that nobody will ask: what few sales do not show of a SKU, all sales of the location do.
   */
  expected(sku: string, horizonMs: number): Ends {
    const known = this.#skus.get(sku) ?? NOBODY;
    const hub = this.#unitsOf(known.hub, horizonMs);
    const shop = this.#unitsOf(known.shop, horizonMs);
    const hubPrior = this.#partOfHub();
    const weight = PRIOR_UNITS / (PRIOR_UNITS + this.#unitsSeen(known));
    const mixed = (own: number, prior: number) => own + weight * (prior * (hub + shop) - own);
    return { hub: mixed(hub, hubPrior), shop: mixed(shop, 1 - hubPrior) };
  }

  /** Of all demand, half of which is taken to be the hub's before there is any. */
  #partOfHub(): number {
    const hub = this.#aged(this.#all.hub).slow;
    return (hub + PRIOR_UNITS) / (this.#unitsSeen(this.#all) + 2 * PRIOR_UNITS);
  }

  #unitsSeen({ hub, shop }: Readonly<Record<End, Tally>>): number {
    return this.#aged(hub).slow + this.#aged(shop).slow;
  }

  #add(tally: Tally, units: number): Tally {
    const { slow, fast } = this.#aged(tally);
    return { slow: slow + units, fast: fast + units, at: this.#now };
  }

  #aged({ slow, fast, at }: Tally): Tally {
    const age = this.#now - at;
    return {
      slow: slow * 2 ** (-age / SLOW_HALF_LIFE_MS),
      fast: fast * 2 ** (-age / FAST_HALF_LIFE_MS),
      at: this.#now,
    };
  }

  /** What is usual, and for a while a rush, where it is beyond chance. */
  #unitsOf(tally: Tally, horizonMs: number): number {
    const { slow, fast } = this.#aged(tally);
    const observed = Math.max(this.#now - this.#since, OBSERVED_MS_MIN);
    const usual = slow / weightedMs(SLOW_HALF_LIFE_MS, observed);
    const certain = Math.max(fast - RUSH_DEVIATIONS * Math.sqrt(fast), 0);
    const rush = certain / weightedMs(FAST_HALF_LIFE_MS, observed);
    return usual * horizonMs + Math.max(rush - usual, 0) * Math.min(horizonMs, RUSH_MS);
  }

  #forgetOldest(): void {
    for (const sku of this.#skus.keys()) {
      this.#skus.delete(sku);
      return;
    }
  }
}

/** How long a time, in full weight, a tally of the last `observedMs` stands for. */
function weightedMs(halfLifeMs: number, observedMs: number): number {
  return (halfLifeMs / Math.LN2) * (1 - 2 ** (-observedMs / halfLifeMs));
}

/**
 * What a buyer wanted: a hold, or a sale at the till; not what is kept for a second, until the buyer's command is decided
 * again. Units that one end had to ask the other for count there a second time, for whoever waited for them would rather
 * not have.
 */
function unitsAsked(event: LoggedEvent): number {
  if (!isMovement(event)) return event.type === 'want' ? (event.details?.units ?? 0) : 0;
  const isKept = event.type === 'reserve' && event.details?.ttlSeconds === REQUEST_HOLD_SECONDS;
  return (event.type === 'reserve' && !isKept) || event.type === 'sell' ? event.quantity : 0;
}
