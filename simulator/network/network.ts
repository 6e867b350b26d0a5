import { type Connection, DialRefusedError } from '../../src/nodes/transport.ts';
import type { Lifetime, Scheduler } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';
import { Endpoint } from './endpoint.ts';
import { Track, Wire, type WireWeather } from './wire.ts';

/** A hub that listens. */
export interface Listener {
  readonly lifetime: Lifetime;
  authenticate(node: string, secret: string): Promise<boolean>;
  accept(node: string, connection: Connection): void;
}

/** How long a caller waits to be let in. */
const DIAL_MS_MAX = 5_000;

/** All wires, one between the hub and each shop, and the connections over them. */
export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #wires = new Map<string, Wire>();
  /** The hub's servers that run. */
  readonly #listeners = new Set<Listener>();
  #endpoints: Endpoint[] = [];

  constructor(scheduler: Scheduler, random: SeededRandom) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  addWire(node: string, weather: WireWeather): Wire {
    const wire = new Wire(this.#scheduler, this.#random.fork(), weather);
    this.#wires.set(node, wire);
    return wire;
  }

  get wires(): ReadonlyMap<string, Wire> {
    return this.#wires;
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** A process has died. */
  drop(lifetime: Lifetime): void {
    for (const listener of this.#listeners) {
      if (listener.lifetime === lifetime) this.#listeners.delete(listener);
    }
    for (const endpoint of this.#endpoints) if (endpoint.isOf(lifetime)) endpoint.abandon();
    this.#endpoints = this.#endpoints.filter((endpoint) => !endpoint.isClosed);
  }

  /** Reaches any server of the hub. */
  dial(wireName: string, node: string, secret: string, caller: Lifetime): Promise<Connection> {
    return new Promise((resolve, reject) => {
      caller.after(DIAL_MS_MAX, () => reject(new Error('the hub did not answer in time')));
      const wire = this.#wires.get(wireName);
      const listener = this.#anyListener();
      if (wire === undefined || listener === undefined) return;
      const back = (answer: () => void) => wire.carry(new Track(), caller, answer);
      wire.carry(new Track(), listener.lifetime, () => {
        void this.#letIn(listener, wire, node, secret, caller).then(
          (connection) => back(() => resolve(connection)),
          (error: unknown) => back(() => reject(error)),
        );
      });
    });
  }

  #anyListener(): Listener | undefined {
    const listeners = [...this.#listeners];
    return listeners.length > 0 ? this.#random.pick(listeners) : undefined;
  }

  /** At the hub. */
  async #letIn(
    listener: Listener,
    wire: Wire,
    node: string,
    secret: string,
    caller: Lifetime,
  ): Promise<Connection> {
    const isKnown = await listener.authenticate(node, secret);
    if (!isKnown) throw new DialRefusedError('the hub does not know the node, or its secret');
    const [here, there] = Endpoint.pair(listener.lifetime, caller, wire);
    this.#endpoints.push(here, there);
    listener.accept(node, here);
    return there;
  }
}
