import type { LoggedEvent } from '../../domain/events.ts';
import type { MirrorRow } from '../../ledger/books.ts';
import type { DemandRow } from '../../queries/store.ts';
import type { CustomerData, KeptKey } from '../../storage/archive.ts';
import { compareBytes } from '../../storage/rows/bytes.ts';
import type { DumpLine, LinkInDump, Trailer } from './lines.ts';

/** What stands in a dump between header and trailer, in this order. */
const SECTIONS = ['event', 'customerData', 'key', 'demand', 'link', 'mirror'] as const;
type Section = (typeof SECTIONS)[number];
export type Row = Exclude<DumpLine, { readonly header: unknown } | { readonly trailer: unknown }>;

type Place = readonly (string | number)[];

/**
 * Counts rows and sees to it that they follow each other as they must: whoever writes a dump and whoever reads one
 * finds out at once about what is missing, twice, or in the wrong place.
 */
export class Tally {
  readonly #counts: Record<Section, number> = {
    event: 0,
    customerData: 0,
    key: 0,
    demand: 0,
    link: 0,
    mirror: 0,
  };
  #section = 0;
  #last: Place | undefined;
  #position = 0;
  #time = 0;

  get position(): number {
    return this.#position;
  }

  /** @returns what is wrong with the row, as a sentence; undefined when it is in its place */
  add(row: Row): string | undefined {
    const section = sectionOf(row);
    const index = SECTIONS.indexOf(section);
    if (index < this.#section) return `${section} comes after ${SECTIONS[this.#section]}`;
    if (index > this.#section) this.#last = undefined;
    this.#section = index;
    this.#counts[section] += 1;
    return 'event' in row ? this.#follow(row.event) : this.#ascend(placeOf(row));
  }

  /** The trailer without its digest, for a log whose time may be past its last event. */
  end(time: number): Omit<Trailer, 'sha256'> {
    const { event: events, customerData, key: keys, demand, link: links, mirror } = this.#counts;
    return { position: this.#position, time, events, customerData, keys, demand, links, mirror };
  }

  /** @returns what is wrong with the end of the log, as a sentence */
  checkHead({ position, time }: Pick<Trailer, 'position' | 'time'>): string | undefined {
    if (position !== this.#position) {
      return `the log ends at position ${position}, and its last event is at ${this.#position}`;
    }
    return time < this.#time ? 'the log ends before the time of its last event' : undefined;
  }

  #follow({ position, time }: LoggedEvent): string | undefined {
    const before = this.#position;
    this.#position = position;
    if (position !== before + 1) return `position ${position} follows position ${before}`;
    if (time < this.#time) return `the time of position ${position} is before the one before it`;
    this.#time = time;
    return undefined;
  }

  #ascend(place: Place): string | undefined {
    const last = this.#last;
    this.#last = place;
    return last === undefined || comparePlaces(last, place) < 0
      ? undefined
      : `${SECTIONS[this.#section]} is not in order`;
  }
}

function sectionOf(row: Row): Section {
  if ('event' in row) return 'event';
  if ('customerData' in row) return 'customerData';
  if ('key' in row) return 'key';
  if ('demand' in row) return 'demand';
  return 'link' in row ? 'link' : 'mirror';
}

type Unnumbered =
  | { readonly customerData: CustomerData }
  | { readonly key: KeptKey }
  | { readonly demand: DemandRow }
  | { readonly link: LinkInDump }
  | { readonly mirror: MirrorRow };

function placeOf(row: Unnumbered): Place {
  if ('customerData' in row) return [row.customerData.reservationId];
  if ('key' in row) return [row.key.stamp.time, row.key.actor, row.key.key];
  if ('demand' in row) return [row.demand.minute, row.demand.sku, row.demand.location];
  if ('link' in row) return [row.link.peer];
  return [row.mirror.peer, row.mirror.appliedAt, row.mirror.event.position];
}

function comparePlaces(one: Place, other: Place): number {
  for (const [index, part] of one.entries()) {
    const order = compareParts(part, other[index] ?? part);
    if (order !== 0) return order;
  }
  return 0;
}

function compareParts(one: string | number, other: string | number): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return compareBytes(String(one), String(other));
}
