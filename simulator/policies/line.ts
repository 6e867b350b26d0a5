import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Link } from '../../src/domain/links/link.ts';
import { concerns } from '../../src/nodes/concerns.ts';
import type { Tables } from '../memoryStorage/tables.ts';
import type { Wire } from '../network/wire.ts';

/** One end of a line. */
interface End {
  readonly node: string;
  readonly tables: Tables;
  /** By peer: the session that runs. */
  readonly sessions: ReadonlyMap<string, number>;
}

/**
 * The line of a shop as somebody sees it who sees everything: `cut` from the moment in which nothing comes through until
 * both ends are in session again and have heard what was said meanwhile.
 */
export class Line {
  readonly #wire: Wire;
  readonly #hub: End;
  readonly #shop: End;
  /** Since it was cut last, both ends have not caught up yet. */
  #isDisturbed = true;

  constructor(wire: Wire, hub: End, shop: End) {
    this.#wire = wire;
    this.#hub = hub;
    this.#shop = shop;
  }

  cut(): void {
    this.#isDisturbed = true;
    this.#wire.cut();
  }

  mend(): void {
    this.#wire.mend();
  }

  /** Whether it works. */
  get isUp(): boolean {
    if (this.#wire.isCut) return false;
    if (this.#isDisturbed) this.#isDisturbed = !this.#hasCaughtUp();
    return !this.#isDisturbed;
  }

  #hasCaughtUp(): boolean {
    const [hub, shop] = [this.#hub, this.#shop];
    const session = hub.sessions.get(shop.node);
    if (session === undefined || session !== shop.sessions.get(hub.node)) return false;
    const ofHub = hub.tables.links.get(shop.node);
    const ofShop = shop.tables.links.get(hub.node);
    if (!ofHub || !ofShop) return false;
    return isHeard(hub.tables, ofHub, ofShop) && isHeard(shop.tables, ofShop, ofHub);
  }
}

function isHeard(sender: Tables, link: Link, { received }: Link): boolean {
  return !sender.events.slice(received).some((event: LoggedEvent) => concerns(link, event));
}
