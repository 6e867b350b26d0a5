import { inFlight } from '../domain/links/share.ts';
import { type Coordinates, coordinatesOf } from '../domain/sourcing/coordinates.ts';
import type { PlaceFinder, SeenPlace } from '../ledger/placeFinder.ts';
import { eachLevel } from './eachLevel.ts';
import type { QueryStore } from './store.ts';

/** Products that are looked for in one read. */
const SKUS_PER_READ = 200;

const ROWS_PER_READ = 1_000;

type PlaceStore = Pick<QueryStore, 'levels' | 'shares' | 'links' | 'locations'>;

/** Reads of places that are under way at once; more would wait for connections, and each other. */
const READS_MAX = 2;

type FoundPlaces = ReadonlyMap<string, readonly SeenPlace[]>;

/** Looks where products are, in what is committed. */
export function createPlaceFinder(store: PlaceStore): PlaceFinder {
  const places = new Gathering((skus) => findPlaces(store, skus));
  const coordinates = new Shared(() => readCoordinates(store));
  return {
    places: (skus) => places.look(skus),
    coordinates: () => coordinates.read(),
  };
}

/** Who comes while it is being read gets the same answer. */
class Shared<T> {
  readonly #read: () => Promise<T>;
  #running: Promise<T> | undefined;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  async read(): Promise<T> {
    if (this.#running !== undefined) return this.#running;
    this.#running = this.#read();
    try {
      return await this.#running;
    } finally {
      this.#running = undefined;
    }
  }
}

/**
 * Buyers come in crowds. Where `READS_MAX` looks are under way, those who come are gathered, and all that they ask for is
 * read together as soon as one of these has ended.
 */
class Gathering {
  readonly #find: (skus: readonly string[]) => Promise<FoundPlaces>;
  #running = 0;
  #gathered: Gathered | undefined;

  constructor(find: (skus: readonly string[]) => Promise<FoundPlaces>) {
    this.#find = find;
  }

  look(skus: ReadonlySet<string>): Promise<FoundPlaces> {
    if (this.#running < READS_MAX) return this.#read(skus);
    this.#gathered ??= { skus: new Set(), found: Promise.withResolvers() };
    for (const sku of skus) this.#gathered.skus.add(sku);
    return this.#gathered.found.promise;
  }

  async #read(skus: ReadonlySet<string>): Promise<FoundPlaces> {
    this.#running += 1;
    try {
      return await this.#find([...skus]);
    } finally {
      this.#running -= 1;
      this.#readGathered();
    }
  }

  #readGathered(): void {
    const { skus, found } = this.#gathered ?? {};
    this.#gathered = undefined;
    if (skus && found) this.#read(skus).then(found.resolve, found.reject);
  }
}

interface Gathered {
  readonly skus: Set<string>;
  readonly found: PromiseWithResolvers<FoundPlaces>;
}

async function findPlaces(store: PlaceStore, skus: readonly string[]): Promise<FoundPlaces> {
  const found = new Places();
  for (let start = 0; start < skus.length; start += SKUS_PER_READ) {
    const some = skus.slice(start, start + SKUS_PER_READ);
    await Promise.all([addOwn(store, some, found), addShared(store, some, found)]);
  }
  return found.bySku();
}

async function addOwn(store: PlaceStore, skus: readonly string[], found: Places): Promise<void> {
  for await (const { sku, location, available } of eachLevel(store, { skus })) {
    found.addOwn(sku, location, Math.max(available, 0));
  }
}

async function addShared(store: PlaceStore, skus: readonly string[], found: Places): Promise<void> {
  if ((await store.links()).length === 0) return;
  let after: { sku: string; location: string; peer: string } | undefined;
  for (;;) {
    const shares = await store.shares({ skus, limit: ROWS_PER_READ, ...(after && { after }) });
    for (const share of shares) {
      const { sku, location, peer } = share;
      const available = share.available + inFlight(share);
      if (available > 0) found.addPeer(sku, location, { peer, available });
    }
    after = shares.at(-1);
    if (!after || shares.length < ROWS_PER_READ) return;
  }
}

interface Place {
  available: number;
  readonly peers: { readonly peer: string; readonly available: number }[];
}

/** By product and location. */
class Places {
  readonly #places = new Map<string, Map<string, Place>>();

  addOwn(sku: string, location: string, available: number): void {
    this.#place(sku, location).available = available;
  }

  addPeer(sku: string, location: string, peer: Place['peers'][number]): void {
    this.#place(sku, location).peers.push(peer);
  }

  bySku(): ReadonlyMap<string, readonly SeenPlace[]> {
    const entries = [...this.#places].map(
      ([sku, places]) =>
        [sku, [...places].map(([location, place]) => ({ location, ...place }))] as const,
    );
    return new Map(entries);
  }

  #place(sku: string, location: string): Place {
    const places = this.#places.get(sku) ?? new Map<string, Place>();
    this.#places.set(sku, places);
    const place = places.get(location) ?? { available: 0, peers: [] };
    places.set(location, place);
    return place;
  }
}

async function readCoordinates(store: PlaceStore): Promise<ReadonlyMap<string, Coordinates>> {
  const found = new Map<string, Coordinates>();
  let after: string | undefined;
  for (;;) {
    const page = { limit: ROWS_PER_READ, ...(after !== undefined && { after }) };
    const locations = await store.locations(page);
    for (const location of locations) {
      const point = coordinatesOf(location);
      if (point) found.set(location.location, point);
    }
    after = locations.at(-1)?.location;
    if (after === undefined || locations.length < ROWS_PER_READ) return found;
  }
}
