import type { Stock } from './api.ts';
import { type ChainNode, type Shop, SKU } from './chain.ts';
import { until } from './until.ts';

/** What has happened to the goods of a shop, as somebody who stands there has seen it. */
interface Seen {
  cameIn: number;
  handedOver: number;
}

/** What the books of two ledgers say of the goods of one shop. */
export interface Page {
  readonly location: string;
  readonly cameIn: number;
  readonly handedOver: number;
  /** Units that the shop may promise, and those that the hub may. */
  readonly ofShop: number;
  readonly ofHub: number;
  /** Held or sold by either, and not handed over yet. */
  readonly promised: number;
  /** From one ledger to the other. */
  readonly onTheWay: number;
  readonly agrees: boolean;
}

/** Keeps count beside the ledgers, to compare their books with what was seen. */
export class Shelves {
  readonly #seen = new Map<string, Seen>();

  comeIn(location: string, units: number): void {
    this.#of(location).cameIn += units;
  }

  handOver(location: string, units: number): void {
    this.#of(location).handedOver += units;
  }

  /** Units that lie in the shop. */
  units(location: string): number {
    const { cameIn, handedOver } = this.#of(location);
    return cameIn - handedOver;
  }

  /** The page of a shop when each ledger has heard all that the other has to say of it. */
  async settled(hub: ChainNode, shop: Shop): Promise<Page> {
    let page = await this.page(hub, shop);
    await until(`the books of ${shop.location} to agree`, async () => {
      page = await this.page(hub, shop);
      return page.agrees;
    });
    return page;
  }

  /** They agree where both together have what is on the shelf, and each knows what the other has. */
  async page(hub: ChainNode, { name, location, api }: Shop): Promise<Page> {
    const path = `/v1/stock/${SKU}/${location}`;
    const [atHub, atShop] = await Promise.all([hub.api.get<Stock>(path), api.get<Stock>(path)]);
    const ofShop = sharedWith(atHub, name);
    const ofHub = sharedWith(atShop, hub.name);
    const onTheWay = ofShop.inTransit + ofHub.inTransit;
    const all = atHub.onHand + atShop.onHand + onTheWay;
    const known = ofShop.onHand === atShop.onHand && ofHub.onHand === atHub.onHand;
    return {
      location,
      ...this.#of(location),
      ofShop: atShop.available,
      ofHub: atHub.available,
      promised: promisedOf(atHub) + promisedOf(atShop),
      onTheWay,
      agrees: known && onTheWay === 0 && all === this.units(location),
    };
  }

  #of(location: string): Seen {
    const seen = this.#seen.get(location) ?? { cameIn: 0, handedOver: 0 };
    this.#seen.set(location, seen);
    return seen;
  }
}

function promisedOf({ reserved, committed }: Stock): number {
  return reserved + committed;
}

/** What a ledger knows of another node's part; nothing where that has none. */
function sharedWith({ nodes = [] }: Stock, name: string) {
  const { onHand = 0, inTransit = 0 } = nodes.find(({ node }) => node === name) ?? {};
  return { onHand, inTransit };
}
