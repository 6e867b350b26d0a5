import { PROTOCOL_VERSION, type WelcomeMessage } from '../../../src/nodes/messages.ts';
import type { Connection } from '../../../src/nodes/transport.ts';
import { seededRandom } from '../virtualTime.ts';
import { sha256 } from './machine.ts';
import type { Stage } from './stage.ts';
import { Wire } from './wire.ts';

/** What an entry says; the rest is made up. */
interface Said {
  readonly type: string;
  readonly sku?: string;
  readonly location?: string;
  readonly quantity?: number;
  readonly available?: number;
  readonly [field: string]: unknown;
}

/** A machine that knows a shop's secret, speaks the protocol, and says what it likes. */
export class Hostile {
  readonly #stage: Stage;
  readonly #name: string;
  readonly #secret: string;
  #connection: Connection | null = null;
  #said: { type?: string }[] = [];
  #position = 0;
  session = 0;
  isOpen = false;

  constructor(stage: Stage, name: string, secret: string) {
    this.#stage = stage;
    this.#name = name;
    this.#secret = secret;
  }

  async connect(): Promise<void> {
    const { ends } = this.#stage.hub;
    if (!(await ends?.authenticate(this.#name, this.#secret))) throw new Error('not let in');
    const [here, there] = new Wire(this.#stage.time, seededRandom(99)).connect();
    ends?.accept(this.#name, there);
    this.#connection = here;
    this.isOpen = true;
    here.onText((text) => this.#said.push(JSON.parse(text)));
    here.onClose(() => {
      this.isOpen = false;
    });
    const log = { head: 0, received: 0, receivedDigest: '' };
    const tokens = { token: null, nextToken: sha256(this.#name) };
    const node = this.#name;
    this.send({
      type: 'hello',
      version: PROTOCOL_VERSION,
      node,
      ...log,
      ...tokens,
      recovering: false,
    });
    await this.#stage.pass(100);
    const welcome = this.#said.find(isWelcome);
    if (welcome === undefined) throw new Error(`not welcome: ${JSON.stringify(this.#said)}`);
    this.session = welcome.session;
    this.send({ type: 'ready', session: this.session });
    await this.#stage.pass(100);
  }

  send(message: unknown): void {
    this.#connection?.send(JSON.stringify(message));
  }

  /** Says one entry, and lets time pass until the hub has heard it. */
  async say({ available = 0, ...said }: Said): Promise<void> {
    const after = this.#position;
    this.#position += 1;
    const empty = { available, reserved: 0, committed: 0, unavailable: 0 };
    const moved = { from: 'available', to: 'available', version: 1, balances: empty };
    const entry = {
      position: this.#position,
      time: 1,
      sku: null,
      location: null,
      reservationId: null,
      actor: 'mallory',
      requestId: 'q',
      details: null,
      ...(said.quantity !== undefined && moved),
      ...said,
    };
    const { session } = this;
    this.send({ type: 'entries', session, after, through: this.#position, entries: [entry] });
    await this.#stage.pass(500);
  }
}

function isWelcome(message: { type?: string }): message is WelcomeMessage {
  return message.type === 'welcome';
}
