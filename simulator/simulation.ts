import { checkAnswer } from './checks/answers.ts';
import { Audit } from './checks/audit.ts';
import { Copies } from './checks/copies.ts';
import { checkCursors } from './checks/links.ts';
import type { Journal } from './kernel/journal.ts';
import { Lifetime, Scheduler, wholeTurn } from './kernel/scheduler.ts';
import { SeededRandom } from './kernel/seededRandom.ts';
import { NO_SEAMS, type Seams } from './mutations/seams.ts';
import { Network } from './network/network.ts';
import type { RunParts } from './runParts.ts';
import { Story } from './story.ts';
import { buildWorld } from './world/build.ts';
import { Faults } from './world/faults.ts';
import { drawProfile, type Profile } from './world/profile.ts';
import { Requests } from './world/requests.ts';
import type { World } from './world/world.ts';

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

/** A hub, its shops, and everybody who uses them, in one run that hangs on its seed alone. */
export class Simulation {
  readonly #options: RunOptions;
  readonly #scheduler: Scheduler;
  readonly #audit: Audit;
  readonly #world: World;
  readonly #story: Story;
  #failure: unknown = null;
  #happened = 0;
  #isOver = false;

  constructor(options: RunOptions) {
    this.#options = options;
    const random = new SeededRandom(options.seed);
    const profile = { ...drawProfile(random.fork()), ...options.profile };
    const scheduler = new Scheduler(random.fork());
    const lifetime = new Lifetime(scheduler);
    const network = new Network(scheduler, random.fork());
    const fail = (error: unknown) => this.fail(error);
    const guard = (work: () => void) => this.#guard(work);
    const requests = new Requests(lifetime, random.fork(), fail, (request) =>
      guard(() => checkAnswer(request, this.#audit)),
    );
    this.#scheduler = scheduler;
    this.#audit = new Audit(requests, {
      now: () => scheduler.now,
      starts: (node) => this.#world.sites.find((site) => site.node === node)?.starts ?? 0,
      unheardMs: (node) => network.wires.get(node)?.unheardMs ?? 0,
    });
    const run: RunParts = {
      random,
      scheduler,
      lifetime,
      network,
      profile,
      audit: this.#audit,
      copies: new Copies(),
      requests,
      newSeams: options.newSeams ?? (() => NO_SEAMS),
      note: (text) => options.journal.note(scheduler.now, text),
      fail,
      guard,
    };
    this.#world = buildWorld(run);
    const faults = new Faults(this.#world, network, random.fork(), lifetime);
    this.#story = new Story(run, this.#world, faults);
  }

  async run(): Promise<RunResult> {
    const { seed, steps } = this.#options;
    this.#world.begin(this.#live(steps));
    while (this.#failure === null && !this.#isOver && (await this.#step()));
    await wholeTurn();
    const events = this.#world.sites.reduce((sum, { disk }) => sum + disk.tables.events.length, 0);
    return {
      seed,
      failure: this.#failure,
      happened: this.#happened,
      virtualMs: this.#scheduler.now,
      events,
    };
  }

  async #live(steps: number): Promise<void> {
    await this.#story.live(steps);
    this.#isOver = true;
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
}
