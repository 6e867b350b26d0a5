import type { Command } from '../../src/domain/commands.ts';
import type { Outcome } from '../../src/ledger/outcome.ts';
import type { Audit } from '../checks/audit.ts';
import type { Copies } from '../checks/copies.ts';
import { check } from '../checks/violation.ts';
import type { Lifetime } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';
import type { Disk } from '../nodes/disk.ts';
import type { Site } from '../nodes/site.ts';
import type { Profile } from './profile.ts';
import type { Requests } from './requests.ts';
import type { Place, Shelves } from './shelves.ts';

/** A shop of the chain. */
export interface Shop {
  readonly site: Site;
  readonly location: string;
  /** What its node proves itself with. */
  readonly secret: string;
  /** Its node is known to the hub: the shop has custody of its goods. */
  isEnrolled: boolean;
  isRetired: boolean;
}

/** While all is being healed nobody waits long. */
const HEALING_PAUSE_MS_MAX = 200;

export interface WorldParts {
  readonly random: SeededRandom;
  readonly lifetime: Lifetime;
  readonly profile: Profile;
  readonly shelves: Shelves;
  readonly requests: Requests;
  readonly audit: Audit;
  readonly hub: Site;
  readonly shops: readonly Shop[];
  readonly skus: readonly string[];
  readonly copies: Copies;
  /** Sets a copy of a shop's disk up on another machine, as the same node. */
  readonly cloneSite: (shop: Shop, disk: Disk) => Site;
  readonly newId: () => string;
  readonly note: (text: string) => void;
  readonly fail: (error: unknown) => void;
}

/** The hub's own warehouse, of which no shop has a share. */
export const WAREHOUSE = 'Warehouse';

/** People, goods and machines, as they are. */
export class World {
  readonly parts: WorldParts;
  readonly random: SeededRandom;
  readonly profile: Profile;
  readonly shelves: Shelves;
  readonly hub: Site;
  readonly shops: readonly Shop[];
  isHealing = false;
  /** What people are about and have not finished. */
  errands = 0;

  constructor(parts: WorldParts) {
    this.parts = parts;
    this.random = parts.random;
    this.profile = parts.profile;
    this.shelves = parts.shelves;
    this.hub = parts.hub;
    this.shops = parts.shops;
  }

  /** The machines of all nodes, without copies. */
  get sites(): readonly Site[] {
    return [this.hub, ...this.shops.map(({ site }) => site)];
  }

  /** The node that has the goods of a location in its hands. */
  custodian(location: string): Site {
    return this.shopAt(location)?.site ?? this.hub;
  }

  shopAt(location: string): Shop | undefined {
    const shop = this.shops.find((one) => one.location === location);
    return shop?.isEnrolled && !shop.isRetired ? shop : undefined;
  }

  /** Where something may still be done. */
  get places(): readonly Place[] {
    const open = this.shops.filter(({ isRetired }) => !isRetired).map(({ location }) => location);
    return [WAREHOUSE, ...open].flatMap((location) =>
      this.parts.skus.map((sku) => ({ sku, location })),
    );
  }

  isDisturbed(location: string): boolean {
    const { disturbed } = this.parts.audit;
    return disturbed.has(this.hub.node) || disturbed.has(this.custodian(location).node);
  }

  newId(): string {
    return this.parts.newId();
  }

  note(text: string): void {
    this.parts.note(text);
  }

  pause(meanMs: number): Promise<void> {
    const ms = this.random.around(meanMs);
    return this.parts.lifetime.pause(this.isHealing ? Math.min(ms, HEALING_PAUSE_MS_MAX) : ms);
  }

  /** Null, after a while. */
  async after(ms: number): Promise<null> {
    await this.parts.lifetime.pause(ms);
    return null;
  }

  /** @returns null when the node was taken out of service */
  async ask(site: Site, actor: string, command: Command): Promise<Outcome | null> {
    const outcome = await this.parts.requests.ask(site, actor, command);
    this.note(`${actor} at ${site.node}: ${describe(command)}: ${describeOutcome(outcome)}`);
    return outcome;
  }

  /** Runs an errand in the background; what it throws fails the run. */
  begin(errand: Promise<void>): void {
    this.errands += 1;
    void errand
      .catch((error: unknown) => this.parts.fail(error))
      .finally(() => {
        this.errands -= 1;
      });
  }

  /** Hands over goods that the books have just handed over. */
  handOver(place: Place, units: number): void {
    const { audit } = this.parts;
    const missing = this.shelves.handOver(place, units);
    const isKnown = missing <= audit.shortfall(place.sku, place.location);
    check(
      isKnown || this.isDisturbed(place.location) || !this.places.some((one) => same(one, place)),
      () => `${missing} of ${place.sku} at ${place.location} were sold and are not there`,
    );
  }
}

function same(one: Place, other: Place): boolean {
  return one.sku === other.sku && one.location === other.location;
}

export function isDone(outcome: Outcome | null): boolean {
  return outcome !== null && outcome.kind !== 'refused' && outcome.kind !== 'keyReused';
}

/** The code of a refusal, or null. */
export function refusalOf(outcome: Outcome | null): string | null {
  return outcome?.kind === 'refused' ? outcome.refusal.code : null;
}

function describe(command: Command): string {
  const { type } = command;
  const what = 'sku' in command ? ` ${command.sku}` : '';
  const where = 'location' in command ? ` ${command.location}` : '';
  const units = 'quantity' in command ? ` ${command.quantity}` : '';
  const id = 'reservationId' in command ? ` ${command.reservationId.slice(-4)}` : '';
  const lines =
    'lines' in command && command.lines
      ? ` ${JSON.stringify(command.lines.map((line) => Object.values(line)))}`
      : '';
  return `${type}${what}${where}${units}${id}${lines}`;
}

function describeOutcome(outcome: Outcome | null): string {
  if (outcome === null) return 'gone';
  if (outcome.kind === 'refused') return outcome.refusal.code;
  return outcome.kind === 'reservation' ? outcome.reservation.status : 'ok';
}
