import type { Command } from '../../src/domain/commands.ts';
import { isMovement } from '../../src/domain/events.ts';
import type { LinkCommand } from '../../src/domain/links/commands.ts';
import type { SharePolicy } from '../../src/domain/links/policy.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { check } from '../checks/violation.ts';
import { MachineClock } from '../kernel/machineTime.ts';
import { Lifetime, Scheduler } from '../kernel/scheduler.ts';
import { SeededRandom } from '../kernel/seededRandom.ts';
import { Network } from '../network/network.ts';
import { seededIds, sha256 } from '../nodes/server.ts';
import { DAY_MS, HOUR_MS } from './arrival.ts';
import type { Figures } from './figures.ts';
import { Line } from './line.ts';
import { Lines } from './lines.ts';
import { Machine } from './machine.ts';
import { Movements } from './movements.ts';
import { Naps } from './naps.ts';
import type { OutageKind } from './outages.ts';
import { drawShop } from './script.ts';
import { Shop } from './shop.ts';
import { Tally } from './tally.ts';

export interface Question {
  readonly seed: number;
  readonly days: number;
  readonly policy: SharePolicy;
  readonly outages: OutageKind;
}

const WIRE = { latencyMs: 20, loss: 0, double: 0, reorder: 0, late: 0, held: 0 } as const;

/** How many shops a hub has, and how often. */
const SHOPS = { 1: 6, 2: 2, 3: 1, 4: 1 } as const;

/** One buyer's affairs are done within this time, in milliseconds, and what the planner makes of them. */
const ERRAND_MS = 2_500;
/** What is due when machines wake is done within this time. */
const WAKING_MS = 5;
/** So long it takes both ends to notice that a line is cut, or whole again, and to tell each other everything. */
const NOTICING_MS = 20_000;
/** How often is looked at where units lie. */
const LOOK_MS = HOUR_MS / 2;
/** Within this time the shops have joined. */
const OPENING_MS = 30_000;
/** Within this time after the last day everything has come to rest. */
const REST_MS = 120_000;

/** A hub and its shops for some days, under one policy. What happens around them hangs on the seed alone. */
export class World {
  readonly #question: Question;
  readonly #scheduler: Scheduler;
  readonly #lifetime: Lifetime;
  readonly #random: SeededRandom;
  readonly #lines: Lines;
  readonly #naps: Naps;
  readonly #hub: Machine;
  readonly #shops: readonly Shop[];
  readonly #movements: Movements;
  readonly #tally = new Tally();
  #failure: { readonly error: unknown } | null = null;
  #isOver = false;

  constructor(question: Question) {
    this.#question = question;
    this.#random = new SeededRandom(question.seed);
    this.#scheduler = new Scheduler(this.#random.fork());
    this.#lifetime = new Lifetime(this.#scheduler);
    const network = new Network(this.#scheduler, this.#random.fork());
    this.#lines = new Lines(network);
    this.#naps = new Naps(this.#scheduler, this.#lifetime, () => this.#lines.giveSignsOfLife());
    this.#hub = this.#newMachine('hub', network, false);
    const script = this.#random.fork();
    const count = Number(script.weighed(SHOPS));
    const names = Array.from({ length: count }, (_, index) => `shop-${index + 1}`);
    const machines = names.map((name) => this.#newMachine(name, network, true));
    this.#movements = new Movements([this.#hub, ...machines].map(({ tables }) => tables));
    this.#shops = machines.map((machine) => this.#newShop(machine, network, script.fork()));
  }

  /** @throws {Error} what must not happen has happened */
  async run(): Promise<Figures> {
    this.#lifetime.after(0, () => {
      void this.#live().catch((error: unknown) => this.#fail(error));
    });
    while (this.#failure === null && !this.#isOver && (await this.#scheduler.step()));
    for (const machine of this.#machines) machine.end();
    if (this.#failure !== null) throw this.#failure.error;
    return this.#tally.figures(this.#lines.traffic, this.#movements.moved);
  }

  get #machines(): readonly Machine[] {
    return [this.#hub, ...this.#shops.map(({ machine }) => machine)];
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #newMachine(node: string, network: Network, isShop: boolean): Machine {
    return new Machine({
      node,
      isShop,
      scheduler: this.#scheduler,
      random: this.#random.fork(),
      naps: this.#naps,
      network,
      lines: this.#lines,
      fail: (error) => this.#fail(error),
    });
  }

  #newShop(machine: Machine, network: Network, script: SeededRandom): Shop {
    const wire = network.addWire(machine.node, { ...WIRE });
    const clock = new MachineClock(this.#scheduler, 1, 0);
    return new Shop({
      location: `Store ${machine.node}`,
      hub: this.#hub,
      machine,
      script: drawShop(script, this.#question.days),
      line: new Line(wire, this.#hub, machine),
      movements: this.#movements,
      tally: this.#tally,
      now: () => this.#scheduler.now,
      newId: seededIds(clock, this.#random.fork()),
    });
  }

  async #live(): Promise<void> {
    await this.#open();
    const begin = this.#scheduler.now;
    const end = begin + this.#question.days * DAY_MS;
    for (const shop of this.#shops) this.#schedule(shop, begin);
    await this.#lifetime.pause(end - begin);
    this.#naps.wake(REST_MS);
    for (const { line } of this.#shops) line.mend();
    await this.#lifetime.pause(REST_MS);
    for (const shop of this.#shops) this.#checkGoods(shop);
    for (const machine of this.#machines) await checkBooks(machine);
    this.#isOver = true;
  }

  /** The hub opens with its catalogue, and its shops join. */
  async #open(): Promise<void> {
    this.#naps.wake(OPENING_MS);
    await this.#hub.listen();
    const shops = this.#shops;
    const skus = new Set(shops.flatMap(({ script }) => script.skus.map(({ sku }) => sku)));
    await this.#ask([
      ...shops.map(({ location }) => newLocation(location)),
      ...[...skus].map(newProduct),
      ...shops.map((shop) => this.#enrolment(shop)),
    ]);
    for (const { machine } of shops) await machine.call(secretOf(machine.node));
    await this.#lifetime.pause(OPENING_MS);
    for (const { line, location } of shops) check(line.isUp, () => `${location} has not joined`);
    Object.assign(this.#lines.traffic, { messages: 0, bytes: 0 });
  }

  async #ask(commands: readonly (Command | LinkCommand)[]): Promise<void> {
    for (const command of commands) {
      const items = [{ command }];
      const work = { actor: 'operator', requestId: `opening of ${command.type}`, items };
      await this.#hub.ledger.submit(work);
    }
  }

  #enrolment({ location, machine }: Shop): LinkCommand {
    const { policy } = this.#question;
    const secret = sha256(secretOf(machine.node));
    const ends = { peer: machine.node, peerRole: 'store', self: this.#hub.node } as const;
    return { type: 'addLink', link: { ...ends, location, secret, policy } };
  }

  /** Everything that is to happen at a shop. */
  #schedule(shop: Shop, begin: number): void {
    const { days, outages } = this.#question;
    const { arrivals, deliveries } = shop.script;
    for (const delivery of deliveries) {
      this.#at(begin + delivery.at, ERRAND_MS, () => shop.deliver(delivery));
    }
    for (const arrival of arrivals) {
      this.#at(begin + arrival.at, ERRAND_MS, () => shop.serve(arrival));
    }
    for (const { from, to } of outages.draw(this.#random.fork(), days)) {
      this.#at(begin + from - ERRAND_MS, NOTICING_MS, () => this.#cut(shop));
      this.#at(begin + to, NOTICING_MS, async () => shop.line.mend());
    }
    for (let at = LOOK_MS / 2; at < days * DAY_MS; at += LOOK_MS) {
      this.#lifetime.after(begin + at - this.#scheduler.now, () =>
        this.#tally.look(shop, Math.floor(at / DAY_MS), LOOK_MS),
      );
    }
  }

  /** What was to be done anyway is done before, not as the line is cut. */
  async #cut({ line }: Shop): Promise<void> {
    await this.#lifetime.pause(ERRAND_MS);
    line.cut();
  }

  /** Something happens in the world: machines wake before it, and have time for what follows from it. */
  #at(time: number, awakeMs: number, work: () => Promise<void>): void {
    const happen = async () => {
      this.#naps.wake(awakeMs);
      await this.#lifetime.pause(WAKING_MS);
      await work();
    };
    this.#lifetime.after(time - this.#scheduler.now, () => {
      void happen().catch((error: unknown) => this.#fail(error));
    });
  }

  #checkGoods(shop: Shop): void {
    const { booked, goods, location } = shop;
    check(shop.line.isUp, () => `the line of ${location} did not recover`);
    check(booked === goods, () => `${goods} units lie at ${location}, and the books say ${booked}`);
  }
}

function secretOf(node: string): string {
  return `the secret of ${node}`;
}

function newLocation(location: string): Command {
  const content = { name: location, kind: 'store', attributes: null } as const;
  return { type: 'putLocation', location, content };
}

function newProduct(sku: string): Command {
  const content = { name: sku, description: null, category: null, attributes: null };
  return { type: 'putProduct', sku, content };
}

/** The books of a node are sound, and nothing was ever promised that was not there. */
async function checkBooks({ node, storage, tables }: Machine): Promise<void> {
  const oversold = tables.events.find((event) => isMovement(event) && event.balances.available < 0);
  check(oversold === undefined, () => `${node} has oversold: ${JSON.stringify(oversold)}`);
  const { findings } = await verifyBooks(storage.books);
  check(findings.length === 0, () => `${node}: ${JSON.stringify(findings[0])}`);
}
