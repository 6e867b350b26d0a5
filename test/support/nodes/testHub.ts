import { createHub, type Hub } from '../../../src/nodes/hub.ts';
import { type NodeProcess, newDisk } from './machine.ts';
import type { Stage } from './stage.ts';
import { TestNode } from './testNode.ts';

/** The hub's machine. */
export class TestHub extends TestNode {
  #ends: Hub | null = null;

  constructor(stage: Stage, disk = newDisk('hub')) {
    super(stage, 'hub', disk);
  }

  /** What takes the shops' connections; null while it is not up. */
  get ends(): Hub | null {
    return this.#ends;
  }

  protected override async startEnds({ parts }: NodeProcess): Promise<void> {
    await parts.log.start();
    this.#ends = await createHub(parts);
  }

  protected override async endEnds(): Promise<void> {
    const ends = this.#ends;
    this.#ends = null;
    await ends?.close();
  }

  protected override dropEnds(): void {
    this.#ends = null;
    for (const { wire, server } of this.stage.shops) if (server === this) wire.sever();
  }

  /** As `holdfast nodes reconcile`. */
  async reconcile(peer: string): Promise<void> {
    const { session } = await this.linkTo(peer);
    await this.link({ type: 'updateLink', peer, session, change: { reconcile: true } });
  }

  /** As `holdfast nodes retire`. */
  async retire(peer: string): Promise<void> {
    await this.link({ type: 'retireNode', peer });
    const shares = await this.process.storage.queries.shares({ peer, limit: 1_000 });
    await this.link({ type: 'writeOff', peer, levels: shares });
  }
}
