import type { Ledger } from '../../src/ledger/ledger.ts';
import type { MachineClock } from '../kernel/machineTime.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';
import type { Seams } from '../mutations/seams.ts';
import type { Network } from '../network/network.ts';
import type { Disk } from './disk.ts';
import { LogReader } from './logReader.ts';
import { isStoreTrouble, Server } from './server.ts';
import type { StoreWeather } from './storeFaults.ts';

export type SiteRole = 'hub' | 'store';

export interface SiteParts {
  /** Of the node. */
  readonly node: string;
  /** Of the machine. */
  readonly label: string;
  readonly role: SiteRole;
  readonly disk: Disk;
  readonly machine: MachineClock;
  /** Processes that serve the node at the same time. */
  readonly serverCount: number;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly network: Network;
  readonly weather: StoreWeather;
  readonly newSeams: () => Seams;
  readonly onDefect: (error: unknown) => void;
  /** Opens the links of a process that has started. */
  readonly openLinks: (server: Server, site: Site) => void;
}

/** A machine with its clock, its disk, and the processes of one node on it. */
export class Site {
  readonly node: string;
  readonly role: SiteRole;
  readonly disk: Disk;
  readonly machine: MachineClock;
  readonly weather: StoreWeather;
  readonly #parts: SiteParts;
  readonly #servers: (Server | null)[];
  #startCount = 0;
  /** Follows the log, by the first process. */
  readonly reader = new LogReader();
  /** Taken out of service for good. */
  isGone = false;

  constructor(parts: SiteParts) {
    this.#parts = parts;
    this.node = parts.node;
    this.role = parts.role;
    this.disk = parts.disk;
    this.machine = parts.machine;
    this.weather = parts.weather;
    this.#servers = Array.from({ length: parts.serverCount }, () => null);
  }

  /** How often a process was started. */
  get starts(): number {
    return this.#startCount;
  }

  get running(): readonly Server[] {
    return this.#servers.filter((server) => server !== null);
  }

  /** The ledgers of the processes that are ready for clients. */
  get open(): readonly Ledger[] {
    return this.running.flatMap(({ ledger }) => ledger ?? []);
  }

  /** Starts every process that does not run. */
  start(): void {
    if (this.isGone) return;
    for (const [index, server] of this.#servers.entries()) {
      if (server === null) this.#servers[index] = this.#open(index);
    }
  }

  /** @returns whether one ran */
  kill(server: Server): boolean {
    const index = this.#servers.indexOf(server);
    if (index < 0) return false;
    this.#servers[index] = null;
    server.kill();
    this.#parts.network.drop(server.lifetime);
    return true;
  }

  killAll(): void {
    for (const server of this.running) this.kill(server);
  }

  #open(index: number): Server {
    const { label, disk, machine, scheduler, random, weather, newSeams, onDefect } = this.#parts;
    this.#startCount += 1;
    const server = new Server({
      name: `${label}#${index}.${this.#startCount}`,
      disk,
      machine,
      scheduler,
      random: random.fork(),
      weather,
      seams: newSeams(),
      onDefect,
    });
    this.#parts.openLinks(server, this);
    if (index === 0) this.#read(server);
    return server;
  }

  #read(server: Server): void {
    this.reader.follow(server).catch((error: unknown) => {
      if (!isStoreTrouble(error)) this.#parts.onDefect(error);
    });
  }
}
