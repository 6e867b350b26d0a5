import { isAgreed, sessionOf } from '../checks/links.ts';
import type { Lifetime } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';
import type { Network } from '../network/network.ts';
import type { Disk } from '../nodes/disk.ts';
import type { Site } from '../nodes/site.ts';
import { retire } from './operators.ts';
import type { Profile } from './profile.ts';
import type { World } from './world.ts';

/** How long a machine is down after a crash, and how long a wire is cut, on the average: mostly short, now and then long. */
const DOWN_MS = [200, 2_000, 10_000] as const;
const CUT_MS = [300, 4_000, 25_000] as const;

const BACKUP_EVERY_MS = 3_000;
const BACKUPS_MAX = 4;

/** How far a clock that is set is wrong, at most. */
const JUMP_MS = [3_000, 60_000, 86_400_000] as const;

/** How often a whole machine is rolled back and not only its database. */
const WHOLE_MACHINE = 0.25;

/** How long a copy of a shop's database runs somewhere else. */
const COPY_MS = 8_000;

type FaultName = 'copies' | 'crashes' | 'cuts' | 'clockJumps' | 'restores' | 'retirements';

interface Backup {
  readonly site: Site;
  readonly disk: Disk;
}

/** What goes wrong. It begins when it is told to, and ends when all is healed. */
export class Faults {
  readonly #world: World;
  readonly #network: Network;
  readonly #random: SeededRandom;
  readonly #lifetime: Lifetime;
  readonly #backups: Backup[] = [];
  /** Other machines with a shop's database. */
  readonly copies: Site[] = [];
  /** By shop: the session of its link when an end of it was restored. Only a later one has found that. */
  readonly #sessionsAtRestore = new Map<string, number>();
  #isOver = false;

  constructor(world: World, network: Network, random: SeededRandom, lifetime: Lifetime) {
    this.#world = world;
    this.#network = network;
    this.#random = random;
    this.#lifetime = lifetime;
  }

  begin(profile: Profile): void {
    const faults: Readonly<Record<FaultName, () => void>> = {
      copies: () => this.#copy(),
      crashes: () => this.#crash(),
      cuts: () => this.#cut(),
      clockJumps: () => this.#jump(),
      restores: () => this.#restore(),
      retirements: () => this.#retire(),
    };
    for (const [name, fault] of Object.entries(faults) as [FaultName, () => void][]) {
      if (profile[name] > 0) this.#repeat(1_000 / profile[name], fault);
    }
    if (profile.restores > 0) this.#repeat(BACKUP_EVERY_MS, () => this.#backUp());
  }

  end(): void {
    this.#isOver = true;
    for (const copy of this.copies) this.#remove(copy);
  }

  #repeat(meanMs: number, fault: () => void): void {
    this.#lifetime.after(this.#random.around(meanMs), () => {
      if (this.#isOver) return;
      fault();
      this.#repeat(meanMs, fault);
    });
  }

  #sites(): Site[] {
    const { hub, shops } = this.#world;
    return [hub, ...shops.map(({ site }) => site)].filter(({ isGone }) => !isGone);
  }

  #crash(): void {
    const site = this.#random.pick(this.#sites());
    if (site.running.length === 0) return;
    const server = this.#random.pick(site.running);
    const downMs = this.#random.around(this.#random.pick(DOWN_MS));
    this.#world.note(`${server.name} is killed`);
    site.kill(server);
    this.#lifetime.after(downMs, () => site.start());
  }

  #cut(): void {
    const [node, wire] = this.#random.pick([...this.#network.wires]);
    if (wire.isCut) return;
    const cutMs = this.#random.around(this.#random.pick(CUT_MS));
    this.#world.note(`the wire to ${node} is cut`);
    wire.cut();
    this.#lifetime.after(cutMs, () => {
      this.#world.note(`the wire to ${node} is whole`);
      wire.mend();
    });
  }

  #jump(): void {
    const { machine, node } = this.#random.pick(this.#sites());
    const most = this.#random.pick(JUMP_MS);
    const ms = Math.round((this.#random.fraction() * 2 - 1) * most);
    this.#world.note(`the clock of ${node} jumps by ${ms} ms`);
    machine.jump(ms);
  }

  /**
   * Each restore is reconciled before the next backup: what two ends have lost in turns, each while it was giving the
   * other back what that had lost, nobody can tell any more.
   */
  #backUp(): void {
    if (!this.#isSound()) return;
    const site = this.#random.pick(this.#sites());
    if (this.#backups.length === BACKUPS_MAX) {
      this.#backups.splice(this.#random.between(0, BACKUPS_MAX - 1), 1);
    }
    this.#backups.push({ site, disk: site.disk.copy() });
  }

  #isSound(): boolean {
    return this.#world.shops.every((shop) => {
      const sessionsBefore = this.#sessionsAtRestore.get(shop.site.node) ?? -1;
      return isAgreed(this.#world, shop) && sessionOf(this.#world, shop) > sessionsBefore;
    });
  }

  #restore(): void {
    // A node that its own backup does not know is enrolled again, under another name: nothing is left to reconcile.
    const backups = this.#backups.filter(
      ({ site, disk }) => !site.isGone && disk.tables.links.size === site.disk.tables.links.size,
    );
    if (backups.length === 0) return;
    const { site, disk } = this.#random.pick(backups);
    const withOutside = this.#random.chance(WHOLE_MACHINE);
    const before = site.disk.tables.events;
    site.killAll();
    site.disk.restore(disk, withOutside);
    const common = this.#world.parts.audit.restored(site.node, before, disk.tables.events);
    if (!withOutside) this.#expectFences(site);
    this.#forgetBackups(site);
    for (const shop of this.#world.shops) {
      if (site !== this.#world.hub && site !== shop.site) continue;
      this.#sessionsAtRestore.set(shop.site.node, sessionOf(this.#world, shop));
    }
    site.reader.goBack(common);
    const lost = before.length - common;
    const how = withOutside ? ', with all of its machine' : '';
    this.#world.note(`${site.node} is restored, losing ${lost} events${how}`);
    this.#world.parts.requests.forget(site);
    this.#lifetime.after(this.#random.around(500), () => site.start());
    if (site === this.#world.hub) this.#retireAgain();
  }

  /** Where restores overlap, what the others were before this one may come back as well. */
  #forgetBackups(site: Site): void {
    const rest = this.#world.profile.overlappingRestores
      ? this.#backups.filter((backup) => backup.site !== site)
      : [];
    this.#backups.splice(0, this.#backups.length, ...rest);
  }

  /** The hub may have forgotten whom it had given up. */
  #retireAgain(): void {
    for (const shop of this.#world.shops) {
      if (shop.isRetired) this.#world.begin(retire(this.#world, shop));
    }
  }

  /** A backup that was made since the database was last proven cannot be told from it, until the peer is met. */
  #expectFences({ node, disk }: Site): void {
    const { outside, tables } = disk;
    const isTheSame = tables.incarnation === outside.incarnation;
    if (isTheSame || tables.incarnation === outside.next) return;
    for (const { status, location } of disk.tables.links.values()) {
      if (status === 'active') this.#world.parts.audit.mustBeFenced(node, location);
    }
  }

  /** Somebody starts a copy of a shop's database on another machine. */
  #copy(): void {
    const shop = this.#random.pick(this.#world.shops);
    const isBusy = this.copies.some(({ node, isGone }) => node === shop.site.node && !isGone);
    if (isBusy || shop.isRetired || !this.#isSound()) return;
    const { audit, copies, cloneSite } = this.#world.parts;
    const disk = shop.site.disk.copy();
    if (this.#random.chance(0.5)) disk.outside = { incarnation: -1, next: null };
    const copy = cloneSite(shop, disk);
    this.#world.note(`a copy of ${copy.node} is started`);
    this.copies.push(copy);
    this.#backups.length = 0;
    this.#sessionsAtRestore.set(copy.node, sessionOf(this.#world, shop));
    copies.begin(copy.node, sessionOf(this.#world, shop));
    audit.followCopy(copy.node, disk);
    copy.start();
    this.#lifetime.after(this.#random.around(COPY_MS), () => this.#remove(copy));
  }

  #remove(copy: Site): void {
    if (copy.isGone) return;
    this.#world.note(`the copy of ${copy.node} is removed`);
    copy.killAll();
    copy.isGone = true;
  }

  /** A node that was given up may live on and know nothing of it. */
  #retire(): void {
    const { shops } = this.#world;
    const shop = this.#random.pick(shops);
    if (!shop.isEnrolled || shop.isRetired) return;
    this.#world.note(`${shop.site.node} is given up for lost`);
    this.#world.begin(retire(this.#world, shop));
  }
}
