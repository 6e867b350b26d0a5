import { createStore, type StoreNode } from '../../../src/nodes/store.ts';
import { type Connection, type Dialer, DialRefusedError } from '../../../src/nodes/transport.ts';
import { seededRandom } from '../virtualTime.ts';
import { type NodeProcess, newDisk } from './machine.ts';
import type { Stage } from './stage.ts';
import type { TestHub } from './testHub.ts';
import { TestNode } from './testNode.ts';
import { Wire } from './wire.ts';

/** A shop's machine, and the wire from it to the hub. */
export class TestShop extends TestNode {
  readonly location: string;
  readonly wire: Wire;
  token: string | null;
  /** The server of the hub that it calls. */
  server: TestHub;
  /** How often it has called. */
  calls = 0;
  #ends: StoreNode | null = null;

  constructor(stage: Stage, name: string, location: string, token: string | null) {
    super(stage, name, newDisk(name));
    this.location = location;
    this.token = token;
    this.server = stage.hub;
    this.wire = new Wire(stage.time, seededRandom(stage.nextSeed()));
  }

  /** Whether entries flow. */
  get isConnected(): boolean {
    return this.#ends?.status(this.stage.hub.name)?.connected ?? false;
  }

  protected override async startEnds(process: NodeProcess): Promise<void> {
    const { parts } = process;
    await parts.log.start();
    const dialer: Dialer = { dial: (secret) => this.#dial(process, secret) };
    this.#ends = await createStore({
      ...parts,
      balanceMs: this.stage.balanceMs,
      dialer,
      enrolment: this.token,
    });
  }

  protected override async endEnds(): Promise<void> {
    await this.#ends?.close();
    this.#ends = null;
  }

  protected override dropEnds(): void {
    this.#ends = null;
    this.wire.sever();
  }

  async #dial({ timers }: NodeProcess, secret: string): Promise<Connection> {
    this.calls += 1;
    const { ends } = this.server;
    if (!timers.isAlive) return new Promise(() => undefined);
    if (this.wire.isCut || ends === null) throw new Error('the hub cannot be reached');
    if (!(await ends.authenticate(this.name, secret))) {
      throw new DialRefusedError('the hub does not know this node, or its token is wrong');
    }
    const [here, there] = this.wire.connect();
    ends.accept(this.name, there);
    return here;
  }

  /** Pulls the plug. */
  cutOff(): void {
    this.wire.isCut = true;
  }

  /** Puts it back. What was connected before is given up; the shop calls again. */
  async heal(): Promise<void> {
    this.wire.isCut = false;
    this.wire.sever();
    await this.stage.pass(30_000);
  }
}
