import { hash } from 'node:crypto';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type Connection,
  type Dialer,
  DialRefusedError,
  HubUnreachableError,
} from '../transport.ts';
import { brokerOn, type Connect, hear, isNobody, wireOf } from './broker.ts';
import { NatsLinkConnection } from './connection.ts';
import {
  DIAL_VERSION,
  type DialAnswer,
  proof,
  readAnswer,
  readVerdict,
  request,
} from './dialMessages.ts';
import { deriveKeys, endKeysOf, isSameProof, type LinkKeys, newDialKey } from './keys.ts';
import { ANSWER_MS_MAX, HEARTBEAT_DEFAULT, type Heartbeat } from './options.ts';
import { Reader } from './reader.ts';
import { seal } from './seal.ts';
import { type HubSubjects, subjectsOf } from './subjects.ts';

export interface NatsDialerOptions {
  readonly connect: Connect;
  /** The hub's name. */
  readonly hub: string;
  /** This node's name. */
  readonly node: string;
  /** Where NATS is, for messages. */
  readonly address: string;
  readonly heartbeat?: Heartbeat;
}

/** Reaches a hub by way of NATS servers. Each link has a connection to them of its own, which ends with it. */
export function createNatsDialer(options: NatsDialerOptions): Dialer {
  return { dial: (secret) => dial(options, secret) };
}

async function dial(options: NatsDialerOptions, secret: string): Promise<Connection> {
  const nc = await reach(options);
  try {
    const link = await new Call(nc, options, secret).connect();
    link.onClose(() => void nc.close());
    void nc.closed().then(() => link.break('the connection to NATS is closed'));
    return link;
  } catch (error) {
    await nc.close();
    throw told(options, error);
  }
}

async function reach(options: NatsDialerOptions): Promise<NatsConnection> {
  try {
    return await options.connect();
  } catch (error) {
    throw told(options, error);
  }
}

/** What went wrong, in the words of the port. */
function told({ address, hub }: NatsDialerOptions, error: unknown): Error {
  if (error instanceof DialRefusedError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const words = isNobody(error)
    ? `no hub named ${hub} answers there; another name is given as nats://host:port/name`
    : said;
  return new HubUnreachableError(`${address}: ${words}`, { cause: error });
}

/** One dial: the two ends agree on keys, the hub proves itself, then the shop. */
class Call {
  readonly #nc: NatsConnection;
  readonly #options: NatsDialerOptions;
  readonly #secret: string;
  readonly #subjects: HubSubjects;

  constructor(nc: NatsConnection, options: NatsDialerOptions, secret: string) {
    this.#nc = nc;
    this.#options = options;
    this.#secret = secret;
    this.#subjects = subjectsOf(options.hub);
  }

  async connect(): Promise<NatsLinkConnection> {
    const { answer, keys } = await this.#agree();
    const isHub = isSameProof(answer.proof, keys.hubProof);
    // To a stranger nothing is sent; but a hub that knows this node by another secret is to hear of the attempt.
    const secret = isHub ? seal(keys.secret, 1, Buffer.from(this.#secret)) : new Uint8Array();
    const link = isHub ? await this.#open(answer, keys) : undefined;
    const isAccepted = await this.#prove(answer, secret);
    if (link !== undefined && isAccepted) return link;
    link?.break('refused');
    const { address, node } = this.#options;
    const words = `the hub does not know a node ${node}, or its token is another one`;
    throw new DialRefusedError(`${address}: ${words}`);
  }

  async #agree(): Promise<{ answer: DialAnswer; keys: LinkKeys }> {
    const { hub, node } = this.#options;
    const { own, open } = newDialKey();
    const said = request({ version: DIAL_VERSION, node, key: open });
    const reply = await this.#ask(this.#subjects.dial, said);
    const answer = readAnswer(reply);
    if (answer === undefined || answer.version !== DIAL_VERSION) {
      throw new Error('the hub speaks another version');
    }
    const { server, connection, key: hubKey } = answer;
    const transcript = { hub, node, server, connection, shopKey: open, hubKey };
    return { answer, keys: deriveKeys(own, hubKey, hash('sha256', this.#secret), transcript) };
  }

  /** Listens before the hub may speak. */
  async #open(
    { server, connection, domain }: DialAnswer,
    keys: LinkKeys,
  ): Promise<NatsLinkConnection> {
    const broker = await brokerOn(this.#nc, domain);
    const { heartbeat = HEARTBEAT_DEFAULT } = this.#options;
    const subjects = this.#subjects.link(server, connection);
    const { stored, live, beat } = subjects;
    let reader: Reader | undefined;
    const wire = wireOf(broker, subjects, 'up', () => reader?.renew());
    const link = new NatsLinkConnection(wire, endKeysOf(keys, 'up'), heartbeat);
    const onFault = ({ message }: Error) => link.break(message);
    hear(this.#nc, live('down'), ({ data }) => link.take(data), onFault);
    hear(this.#nc, beat('down'), ({ data }) => link.takeBeat(data), onFault);
    try {
      const opened = await Reader.open({
        ...broker,
        stream: this.#subjects.stream,
        subject: stored('down'),
        take: (_subject, bytes) => link.take(bytes),
      });
      reader = opened;
      link.onClose(() => opened.close());
      void opened.ended.then((reason) => link.break(reason));
      return link;
    } catch (error) {
      link.break('it could not be opened');
      throw error;
    }
  }

  async #prove({ server, connection }: DialAnswer, sealed: Uint8Array): Promise<boolean> {
    const secret = Buffer.from(sealed).toString('base64url');
    const reply = await this.#ask(this.#subjects.prove(server), proof({ connection, secret }));
    const verdict = readVerdict(reply)?.verdict;
    if (verdict === 'unknown') throw new Error('the hub cannot look up at present who asks');
    return verdict === 'accepted';
  }

  async #ask(subject: string, said: string): Promise<Uint8Array> {
    const { data } = await this.#nc.request(subject, said, { timeout: ANSWER_MS_MAX });
    return data;
  }
}
