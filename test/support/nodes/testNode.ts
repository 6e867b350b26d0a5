import type { OnStep } from '../../../simulator/memoryStorage/ledgerStore.ts';
import { copyTables, type Tables } from '../../../simulator/memoryStorage/tables.ts';
import type { Command, Line, ReserveCommand } from '../../../src/domain/commands.ts';
import type { LinkCommand } from '../../../src/domain/links/commands.ts';
import type { Link } from '../../../src/domain/links/link.ts';
import type { Share } from '../../../src/domain/links/share.ts';
import type { Reservation } from '../../../src/domain/reservation.ts';
import type { Answer, Work } from '../../../src/ledger/ledger.ts';
import { verifyBooks } from '../../../src/ledger/verify.ts';
import { submitLink } from '../../../src/nodes/linkCommands.ts';
import { type Disk, NodeProcess } from './machine.ts';
import type { Stage } from './stage.ts';
import { inAWord } from './words.ts';

/** What of a level a test looks at. */
export interface Units {
  readonly available: number;
  readonly reserved: number;
  readonly committed: number;
}

const NONE: Units = { available: 0, reserved: 0, committed: 0 };

/** A machine that runs, or has run, a node. */
export abstract class TestNode {
  readonly name: string;
  readonly stage: Stage;
  disk: Disk;
  onStep: OnStep = () => undefined;
  #process: NodeProcess | null = null;

  constructor(stage: Stage, name: string, disk: Disk) {
    this.stage = stage;
    this.name = name;
    this.disk = disk;
  }

  get isRunning(): boolean {
    return this.#process !== null;
  }

  get process(): NodeProcess {
    if (this.#process === null) throw new Error(`${this.name} does not run`);
    return this.#process;
  }

  async start(): Promise<void> {
    const process = new NodeProcess({
      disk: this.disk,
      time: this.stage.time,
      seed: this.stage.nextSeed(),
      newId: this.stage.newId,
      onStep: (step) => this.onStep(step),
    });
    this.#process = process;
    await this.stage.until(this.startEnds(process));
  }

  protected abstract startEnds(process: NodeProcess): Promise<void>;
  protected abstract endEnds(): Promise<void>;
  protected abstract dropEnds(): void;

  /** As `kill -9`: its connections break, and nothing that was not durable stays. */
  crash(): void {
    const { process } = this;
    this.#process = null;
    process.kill();
    this.dropEnds();
  }

  async restart(): Promise<void> {
    if (this.isRunning) this.crash();
    await this.start();
  }

  async stop(): Promise<void> {
    const { process } = this;
    this.#process = null;
    await this.stage.until(this.endEnds());
    await this.stage.until(process.close());
  }

  backup(): Tables {
    return copyTables(this.disk.tables);
  }

  /**
   * Puts a backup of the database in place of the one there is; what is kept outside of it stays, and tells, as on disk,
   * that the database was further.
   */
  async restore(backup: Tables): Promise<void> {
    this.disk.outside = { incarnation: backup.incarnation + 1, next: null };
    await this.#putBack(backup);
  }

  async #putBack(backup: Tables): Promise<void> {
    if (this.isRunning) this.crash();
    this.disk.tables = copyTables(backup);
    await this.start();
  }

  /** As `restore`, of the whole machine: nothing outside of the database tells of it. */
  async rollBack(backup: Tables): Promise<void> {
    this.disk.outside = { incarnation: backup.incarnation, next: null };
    await this.#putBack(backup);
  }

  submit(work: Partial<Work> & Pick<Work, 'items'>): Promise<Answer> {
    return this.stage.until(this.process.api.submit({ actor: 'ann', requestId: 'q', ...work }));
  }

  /** @returns what came of one command, in a word */
  async ask(command: Command, fields: Partial<Work> = {}): Promise<string> {
    return inAWord(await this.submit({ items: [{ command }], ...fields }));
  }

  /** Asks all at once. */
  async askAll(commands: readonly Command[]): Promise<string[]> {
    const { api } = this.process;
    const answers = commands.map((command) =>
      api.submit({ actor: 'ann', requestId: 'q', items: [{ command }] }),
    );
    return (await this.stage.until(Promise.all(answers))).map(inAWord);
  }

  reserve(id: string, ...lines: readonly Line[]): Promise<string> {
    return this.ask(reserve(id, ...lines));
  }

  confirm(reservationId: string): Promise<string> {
    return this.ask({ type: 'confirm', reservationId });
  }

  cancel(reservationId: string): Promise<string> {
    return this.ask({ type: 'cancel', reservationId });
  }

  fulfil(reservationId: string): Promise<string> {
    return this.ask({ type: 'fulfil', reservationId });
  }

  receive(sku: string, location: string, quantity: number): Promise<string> {
    return this.ask({ type: 'receive', sku, location, quantity });
  }

  async addProduct(...skus: readonly string[]): Promise<void> {
    for (const sku of skus) await this.ask({ type: 'putProduct', sku, content: product(sku) });
  }

  /** Puts a command of a link to the ledger, as an operator does. */
  link(command: LinkCommand): Promise<Link | null> {
    return this.stage.until(submitLink(this.process.parts, 'operator', command));
  }

  async linkTo(peer: string): Promise<Link> {
    const link = (await this.process.storage.queries.links()).find((one) => one.peer === peer);
    if (!link) throw new Error(`${this.name} has no link to ${peer}`);
    return link;
  }

  async units(sku: string, location: string): Promise<Units> {
    const level = await this.process.storage.queries.level(sku, location);
    if (!level) return NONE;
    const { available, reserved, committed } = level;
    return { available, reserved, committed };
  }

  async available(sku: string, location: string): Promise<number> {
    return (await this.units(sku, location)).available;
  }

  /** What this node knows of a peer's units. */
  async share(peer: string, sku: string, location: string): Promise<Share | undefined> {
    const { queries } = this.process.storage;
    const shares = await queries.shares({ skus: [sku], location, limit: 100 });
    return shares.find((share) => share.peer === peer);
  }

  async reservation(id: string): Promise<Reservation | undefined> {
    return this.process.storage.queries.reservation(id);
  }

  /** Types of the events after a position. */
  typesAfter(position: number): readonly string[] {
    return this.disk.tables.events.slice(position).map(({ type }) => type);
  }

  get head(): number {
    return this.disk.tables.head.position;
  }

  /** What `holdfast verify` finds wrong with its books. */
  async findings(): Promise<readonly string[]> {
    const { findings } = await this.stage.until(verifyBooks(this.process.storage.books));
    return findings.map((finding) => JSON.stringify(finding));
  }
}

export function reserve(reservationId: string, ...lines: readonly Line[]): ReserveCommand {
  const ttlSeconds = 900;
  return { type: 'reserve', reservationId, lines, ttlSeconds, reference: null, metadata: null };
}

export function product(name: string) {
  return { name, description: null, category: null, attributes: null };
}
