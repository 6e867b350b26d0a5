import type { Command } from '../src/domain/commands.ts';
import { verifyBooks } from '../src/ledger/verify.ts';
import { checkAnswer } from './checks/answers.ts';
import { Audit } from './checks/audit.ts';
import { Copies } from './checks/copies.ts';
import { checkCursors, checkPictures, unrestOf } from './checks/links.ts';
import { misplaced } from './checks/misplaced.ts';
import { checkSettled, checkTransfers } from './checks/transfers.ts';
import { checkViews, unread } from './checks/views.ts';
import { check } from './checks/violation.ts';
import type { Journal } from './kernel/journal.ts';
import { MachineClock } from './kernel/machineTime.ts';
import { Lifetime, Scheduler, wholeTurn } from './kernel/scheduler.ts';
import { SeededRandom } from './kernel/seededRandom.ts';
import { openMemoryStorage } from './memoryStorage/open.ts';
import { NO_SEAMS, type Seams } from './mutations/seams.ts';
import { Network } from './network/network.ts';
import { Disk } from './nodes/disk.ts';
import { startLinks } from './nodes/links.ts';
import { seededIds } from './nodes/server.ts';
import { Site, type SiteRole } from './nodes/site.ts';
import { checkCatalogue, editCatalogue } from './world/catalogue.ts';
import { Faults } from './world/faults.ts';
import { changePolicy, enrol, reconcile } from './world/operators.ts';
import { orderInShop, orderOnline, sellOut } from './world/orders.ts';
import { CATEGORIES } from './world/policies.ts';
import { CALM, drawProfile, type Profile } from './world/profile.ts';
import { Requests } from './world/requests.ts';
import { Shelves } from './world/shelves.ts';
import { count, HAPPENINGS } from './world/shopLife.ts';
import { sendGoods, settleTransfers } from './world/transfers.ts';
import { type Shop, WAREHOUSE, World } from './world/world.ts';

export interface RunOptions {
  readonly seed: number;
  /** Things that people do, besides what follows from them. */
  readonly steps: number;
  readonly journal: Journal;
  /** A planted bug. */
  readonly newSeams?: () => Seams;
  /** Replaces what is drawn. */
  readonly profile?: Partial<Profile>;
}

export interface RunResult {
  readonly seed: number;
  /** What was found wrong; null when nothing was. */
  readonly failure: unknown;
  /** Things that have happened until then. */
  readonly happened: number;
  readonly virtualMs: number;
  readonly events: number;
}

/** By then everything must have come to rest after it was healed, in virtual milliseconds. */
const REST_MS_MAX = 240_000;

/** After this time a peer that was silent is asked again. */
const SILENCE_FORGOTTEN_MS = 3_000;

/** Some runs are left alone for a while when they have come to rest: then nothing may move any more. */
const QUIET_RUNS = 0.3;
const QUIET_MS = 60_000;

const LOOK_MS = 500;
const RESTART_MS = 300;

/** A hub, its shops, and everybody who uses them, in one run that hangs on its seed alone. */
export class Simulation {
  readonly #options: RunOptions;
  readonly #random: SeededRandom;
  readonly #scheduler: Scheduler;
  readonly #lifetime: Lifetime;
  readonly #network: Network;
  readonly #profile: Profile;
  readonly #audit: Audit;
  readonly #copies = new Copies();
  readonly #requests: Requests;
  readonly #world: World;
  readonly #faults: Faults;
  #failure: unknown = null;
  #happened = 0;
  #isOver = false;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#profile = { ...drawProfile(this.#random.fork()), ...options.profile };
    this.#scheduler = new Scheduler(this.#random.fork());
    this.#lifetime = new Lifetime(this.#scheduler);
    this.#network = new Network(this.#scheduler, this.#random.fork());
    const fail = (error: unknown) => this.fail(error);
    this.#requests = new Requests(this.#lifetime, this.#random.fork(), fail, (request) =>
      this.#guard(() => checkAnswer(request, this.#audit)),
    );
    this.#audit = new Audit(this.#requests, {
      now: () => this.#scheduler.now,
      starts: (node) => this.#sites().find((site) => site.node === node)?.starts ?? 0,
      unheardMs: (node) => this.#network.wires.get(node)?.unheardMs ?? 0,
    });
    this.#world = this.#makeWorld(fail);
    this.#faults = new Faults(this.#world, this.#network, this.#random.fork(), this.#lifetime);
  }

  async run(): Promise<RunResult> {
    this.#world.begin(this.#live());
    while (this.#failure === null && !this.#isOver && (await this.#step()));
    await wholeTurn();
    const { seed } = this.#options;
    const events = this.#sites().reduce((sum, { disk }) => sum + disk.tables.events.length, 0);
    return {
      seed,
      failure: this.#failure,
      happened: this.#happened,
      virtualMs: this.#scheduler.now,
      events,
    };
  }

  async #step(): Promise<boolean> {
    this.#happened += 1;
    try {
      const hasMore = await this.#scheduler.step();
      if (this.#audit.look()) checkCursors(this.#world);
      return hasMore;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  /** Ends the run: something was found wrong. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  #guard(work: () => void): void {
    try {
      this.#audit.look();
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  #note(text: string): void {
    this.#options.journal.note(this.#scheduler.now, text);
  }

  #sites(): readonly Site[] {
    return [this.#world.hub, ...this.#world.shops.map(({ site }) => site)];
  }

  #makeWorld(fail: (error: unknown) => void): World {
    const { shops, skus, hubServers } = this.#profile;
    const clock = new MachineClock(this.#scheduler, 1, 0);
    const hub = this.#makeSite('hub', 'hub', hubServers, null, this.#newDisk('hub'));
    return new World({
      random: this.#random.fork(),
      lifetime: this.#lifetime,
      profile: this.#profile,
      shelves: new Shelves(),
      requests: this.#requests,
      audit: this.#audit,
      hub,
      shops: Array.from({ length: shops }, (_, index) => this.#makeShop(index + 1)),
      skus: Array.from({ length: skus }, (_, index) => `SKU-${index + 1}`),
      copies: this.#copies,
      cloneSite: ({ secret, site }, disk) =>
        this.#makeSite(site.node, 'store', 1, secret, disk, `copy of ${site.node}`),
      newId: seededIds(clock, this.#random.fork()),
      note: (text) => this.#note(text),
      fail,
    });
  }

  #makeShop(number: number): Shop {
    const node = `shop-${number}`;
    const secret = `the secret of ${node}`;
    this.#network.addWire(node, this.#profile.wire);
    return {
      site: this.#makeSite(node, 'store', 1, secret, this.#newDisk(node)),
      location: `Store ${number}`,
      secret,
      isEnrolled: false,
      isRetired: false,
    };
  }

  #newDisk(node: string): Disk {
    const disk = Disk.empty(node);
    this.#audit.follow(node, disk);
    return disk;
  }

  #makeSite(
    node: string,
    role: SiteRole,
    serverCount: number,
    enrolment: string | null,
    disk: Disk,
    label = node,
  ): Site {
    const drift = (this.#random.fraction() * 2 - 1) * this.#profile.clockDrift;
    return new Site({
      node,
      label,
      role,
      disk,
      machine: new MachineClock(this.#scheduler, 1 + drift, 0),
      serverCount,
      scheduler: this.#scheduler,
      random: this.#random.fork(),
      network: this.#network,
      weather: { ...this.#profile.store },
      newSeams: this.#options.newSeams ?? (() => NO_SEAMS),
      onDefect: (error) => this.fail(error),
      openLinks: (server, site) => {
        const note = (text: string) => this.#note(text);
        const onSession = (peer: string, session: number) =>
          this.#guard(() => this.#sessionBegins(site, peer, session));
        const { balanceMs } = this.#profile;
        const ends = { network: this.#network, role, enrolment, wire: node, balanceMs };
        const links = { ...ends, note, onSession };
        startLinks(server, links).then(
          (ledger) => {
            server.ledger = ledger;
          },
          (error: unknown) => {
            this.#note(`${server.name} could not start: ${error}`);
            site.kill(server);
            this.#lifetime.after(RESTART_MS, () => site.start());
          },
        );
      },
    });
  }

  /** Which of several databases of a shop the hub has begun a session with. */
  #sessionBegins({ role, node }: Site, peer: string, session: number): void {
    this.#audit.planned.forget();
    if (role !== 'hub') return;
    const sites = [...this.#sites(), ...this.#faults.copies];
    const guest = sites.find(
      (site) => site.node === peer && site.disk.tables.links.get(node)?.session === session,
    );
    if (guest) this.#copies.letIn(guest, session);
  }

  /** The whole run, as those who live in it see it. */
  async #live(): Promise<void> {
    await this.#open();
    this.#faults.begin(this.#profile);
    for (let step = 0; step < this.#options.steps; step++) {
      await this.#world.pause(this.#profile.paceMs);
      this.#world.begin(this.#somethingHappens());
    }
    this.#heal();
    await this.#rest();
    if (this.#random.chance(QUIET_RUNS)) await this.#lifetime.pause(QUIET_MS);
    await settleTransfers(this.#world);
    await this.#countAll();
    await this.#rest();
    checkSettled(this.#world);
    await this.#checkBooks();
    await this.#lifetime.pause(SILENCE_FORGOTTEN_MS);
    for (const place of this.#world.places) await sellOut(this.#world, place);
    this.#isOver = true;
  }

  /** The hub opens with its catalogue, and its shops join, some of them later. */
  async #open(): Promise<void> {
    const { hub, shops, parts } = this.#world;
    hub.start();
    for (const location of [WAREHOUSE, ...shops.map((shop) => shop.location)]) {
      const content = { name: location, kind: 'store', attributes: null } as const;
      await this.#set({ type: 'putLocation', location, content });
    }
    for (const sku of parts.skus) {
      const category = this.#random.pick(CATEGORIES);
      const content = { name: sku, description: null, category, attributes: null };
      await this.#set({ type: 'putProduct', sku, content });
    }
    for (const shop of shops) this.#world.begin(this.#openShop(shop));
  }

  async #openShop(shop: Shop): Promise<void> {
    await this.#world.pause(this.#random.pick([10, 500, 5_000]));
    shop.site.start();
    await enrol(this.#world, shop);
  }

  async #set(command: Command): Promise<void> {
    await this.#world.ask(this.#world.hub, 'operator', command);
  }

  async #somethingHappens(): Promise<void> {
    const { random, places } = this.#world;
    const place = random.pick(places);
    const weights = Object.entries(HAPPENINGS).map(([name, { weight }]) => [name, weight]);
    const what = random.weighed<
      keyof typeof HAPPENINGS | 'shop' | 'online' | 'policy' | 'edit' | 'send'
    >({
      ...Object.fromEntries(weights),
      shop: 16,
      online: 24,
      policy: this.#profile.policyChanges,
      edit: 2,
      send: 8,
    });
    switch (what) {
      case 'shop':
        return orderInShop(this.#world, place);
      case 'online':
        return orderOnline(this.#world, place);
      case 'send':
        return sendGoods(this.#world, place);
      case 'edit':
        return editCatalogue(this.#world);
      case 'policy':
        return changePolicy(this.#world, random.pick(this.#world.shops));
      default:
        return HAPPENINGS[what].work(this.#world, place);
    }
  }

  #heal(): void {
    this.#note('everything is healed');
    this.#world.isHealing = true;
    this.#faults.end();
    for (const wire of this.#network.wires.values()) {
      wire.weather = CALM.wire;
      wire.mend();
    }
    for (const site of this.#sites()) {
      Object.assign(site.weather, CALM.store);
      site.machine.mend();
      site.start();
    }
  }

  /** Waits until nobody has anything left to do. */
  async #rest(): Promise<void> {
    const deadline = this.#scheduler.now + REST_MS_MAX;
    let unrest = this.#unrest();
    while (unrest.length > 0) {
      check(this.#scheduler.now < deadline, () => `it does not come to rest: ${unrest.join('; ')}`);
      for (const shop of this.#world.shops) await reconcile(this.#world, shop);
      await this.#lifetime.pause(LOOK_MS);
      unrest = this.#unrest();
    }
    checkPictures(this.#world);
    checkCatalogue(this.#world);
    checkTransfers(this.#world);
    // At this very moment: a planner may move units in the next one.
    const findings = [...this.#audit.grants.findings()];
    const { shops } = this.#world;
    const isWhole = shops.every(({ isRetired }) => !isRetired);
    check(!isWhole || findings.length === 0, () => findings.join('; '));
    if (this.#copies.isUnused) await checkViews(this.#world);
    this.#audit.disturbed.clear();
  }

  #unrest(): string[] {
    const { shops } = this.#world;
    const unrest = shops.flatMap((shop) => [
      ...unrestOf(this.#world, shop),
      ...misplaced(this.#world, shop),
    ]);
    unrest.push(...unread(this.#world));
    // This one is what waits.
    const errands = this.#world.errands - 1;
    if (errands > 0) unrest.push(`${errands} errands are under way`);
    return unrest;
  }

  async #countAll(): Promise<void> {
    for (const place of this.#world.places) await count(this.#world, place);
  }

  /** At the end the books of all nodes are sound, and say what lies on the shelves. */
  async #checkBooks(): Promise<void> {
    for (const place of this.#world.places) {
      const { sku, location } = place;
      const truth = this.#audit.truth(sku, location);
      const units = this.#world.shelves.units(place);
      check(
        truth === units,
        () => `${units} of ${sku} lie at ${location}, and the books say ${truth}`,
      );
    }
    for (const { node, disk, machine } of this.#sites()) {
      const { books } = openMemoryStorage({ tables: disk.tables, clock: machine });
      const { findings } = await verifyBooks(books);
      check(findings.length === 0, () => `${node}: ${JSON.stringify(findings[0])}`);
    }
    for (const request of this.#requests.all.values()) checkAnswer(request, this.#audit);
  }
}
