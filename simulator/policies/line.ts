import type { LoggedEvent } from '../../src/domain/events.ts';
import type { Link } from '../../src/domain/links/link.ts';
import { concerns } from '../../src/nodes/concerns.ts';
import type { Tables } from '../memoryStorage/tables.ts';
import type { Wire } from '../network/wire.ts';

/**
 * The line of a shop as somebody sees it who sees everything: `cut` from the moment in which nothing comes through until
 * both ends are in session again and have heard what was said meanwhile.
 */
export class Line {
  readonly #wire: Wire;
  readonly #hub: Tables;
  readonly #shop: Tables;
  /** Since it was cut last, both ends have not caught up yet. */
  #isDisturbed = true;

  constructor(wire: Wire, hub: Tables, shop: Tables) {
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
    const ofHub = this.#hub.links.get(this.#shop.node);
    const ofShop = this.#shop.links.get(this.#hub.node);
    if (!ofHub || !ofShop || ofHub.session !== ofShop.session) return false;
    return isHeard(this.#hub, ofHub, ofShop) && isHeard(this.#shop, ofShop, ofHub);
  }
}

function isHeard(sender: Tables, link: Link, { received }: Link): boolean {
  return !sender.events.slice(received).some((event: LoggedEvent) => concerns(link, event));
}
