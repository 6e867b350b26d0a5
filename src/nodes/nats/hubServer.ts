import { randomBytes } from 'node:crypto';
import type { Msg, Subscription } from '@nats-io/transport-node';
import type { LinkHub } from '../transport.ts';
import { type Broker, hear, wireOf } from './broker.ts';
import { NatsLinkConnection } from './connection.ts';
import { answer, DIAL_VERSION, readProof, readRequest, verdict } from './dialMessages.ts';
import { deriveKeys, endKeysOf, type LinkKeys, newDialKey } from './keys.ts';
import { type Heartbeat, PROVE_MS_MAX, UNPROVEN_MAX } from './options.ts';
import { Reader } from './reader.ts';
import { open } from './seal.ts';
import { ensureStream } from './stream.ts';
import { connectionOf, type HubSubjects, subjectsOf } from './subjects.ts';

/** Servers of one hub share the dials. */
const QUEUE = 'hub';
/** Names of servers and connections cannot be guessed. */
const NAME_BYTES = 16;

export interface HubServerParts {
  readonly broker: Broker;
  readonly hub: LinkHub;
  /** The hub's name. */
  readonly name: string;
  readonly heartbeat: Heartbeat;
}

/** A shop that was answered. */
interface Caller {
  readonly node: string;
  readonly keys: LinkKeys;
}

/** One server of a hub while it is connected to NATS: it answers dials, and has an end of each link that came of them. */
export class HubServer {
  readonly #parts: HubServerParts;
  readonly #subjects: HubSubjects;
  readonly #name = newName();
  readonly #callers = new Map<string, Caller>();
  readonly #links = new Map<string, NatsLinkConnection>();
  readonly #ended = Promise.withResolvers<string>();
  #reader: Reader | undefined;
  #doors: readonly Subscription[] = [];
  #isOpen = true;
  #domain: string | null = null;

  private constructor(parts: HubServerParts) {
    this.#parts = parts;
    this.#subjects = subjectsOf(parts.name);
  }

  /** @throws {Error} the servers cannot keep the stream, or do not let this node use it */
  static async open(parts: HubServerParts): Promise<HubServer> {
    const server = new HubServer(parts);
    await server.#listen();
    return server;
  }

  /** Settles with the reason when it can take no links any more. */
  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  /** Ends all links. @returns when they are closed */
  async close(reason: string): Promise<void> {
    this.#isOpen = false;
    // Whoever calls now hears at once that nobody is there, or another server answers.
    for (const door of this.#doors) door.unsubscribe();
    const links = [...this.#links.values()];
    for (const link of links) link.close(reason);
    await Promise.all(links.map(({ closed }) => closed));
    this.#reader?.close();
  }

  async #listen(): Promise<void> {
    const { broker } = this.#parts;
    const { nc, jsm } = broker;
    const subjects = this.#subjects;
    this.#domain = (await jsm.getAccountInfo()).domain ?? null;
    await ensureStream(jsm, subjects);
    this.#reader = await Reader.open({
      ...broker,
      stream: subjects.stream,
      subject: subjects.storedFor(this.#name),
      take: (subject, bytes) => this.#linkAt(subject)?.take(bytes),
    });
    const onLive = ({ subject, data }: Msg) => this.#linkAt(subject)?.take(data);
    const fault = ({ message }: Error) => this.#ended.resolve(message);
    void this.#reader.ended.then((reason) => this.#ended.resolve(reason));
    const onBeat = ({ subject, data }: Msg) => this.#linkAt(subject)?.takeBeat(data);
    hear(nc, subjects.liveFor(this.#name), onLive, fault);
    hear(nc, subjects.beatsFor(this.#name), onBeat, fault);
    this.#doors = [
      hear(nc, subjects.prove(this.#name), (said) => void this.#admit(said), fault),
      hear(nc, subjects.dial, (said) => void this.#answer(said), fault, QUEUE),
    ];
  }

  #linkAt(subject: string): NatsLinkConnection | undefined {
    return this.#links.get(connectionOf(subject) ?? '');
  }

  /** Whoever asks is answered in the same way, known or not. */
  async #answer(said: Msg): Promise<void> {
    const request = readRequest(said.data);
    if (request === undefined || !this.#isOpen) return;
    try {
      const { node, key: shopKey } = request;
      const { hub, name } = this.#parts;
      const secretHash = (await hub.secretHashOf(node)) ?? newName();
      const { own, open: hubKey } = newDialKey();
      const names = { server: this.#name, connection: newName() };
      const transcript = { hub: name, node, ...names, shopKey, hubKey };
      const keys = deriveKeys(own, shopKey, secretHash, transcript);
      this.#expect(names.connection, { node, keys });
      const { hubProof: proof } = keys;
      const domain = this.#domain;
      said.respond(answer({ version: DIAL_VERSION, ...names, key: hubKey, proof, domain }));
    } catch {
      // Either the shop's key is none, or the database is away: the shop asks again, and hears nothing until then.
    }
  }

  #expect(connection: string, caller: Caller): void {
    this.#callers.set(connection, caller);
    const [oldest] = this.#callers.keys();
    if (this.#callers.size > UNPROVEN_MAX && oldest !== undefined) this.#callers.delete(oldest);
    setTimeout(() => this.#callers.delete(connection), PROVE_MS_MAX).unref();
  }

  async #admit(said: Msg): Promise<void> {
    const shown = readProof(said.data);
    const caller = this.#callers.get(shown?.connection ?? '');
    if (shown === undefined || caller === undefined) return;
    const opened = open(caller.keys.secret, Buffer.from(shown.secret, 'base64url'));
    const secret = opened?.content.toString() ?? '';
    try {
      const accepted = (await this.#parts.hub.authenticate(caller.node, secret)) && this.#isOpen;
      // What others send in a shop's place does not keep it from being let in; what it has sent counts once.
      const isFirst = accepted && this.#callers.delete(shown.connection);
      if (isFirst) this.#link(shown.connection, caller);
      said.respond(verdict({ verdict: accepted ? 'accepted' : 'refused' }));
    } catch {
      said.respond(verdict({ verdict: 'unknown' }));
    }
  }

  #link(connection: string, { node, keys }: Caller): void {
    const { broker, hub, heartbeat } = this.#parts;
    const wire = wireOf(broker, this.#subjects.link(this.#name, connection), 'down', () =>
      this.#reader?.renew(),
    );
    const link = new NatsLinkConnection(wire, endKeysOf(keys, 'down'), heartbeat);
    this.#links.set(connection, link);
    link.onClose(() => this.#links.delete(connection));
    hub.accept(node, link);
  }
}

function newName(): string {
  return randomBytes(NAME_BYTES).toString('base64url');
}
