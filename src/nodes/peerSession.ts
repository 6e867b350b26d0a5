import type { Link } from '../domain/links/link.ts';
import type { Timer } from '../ledger/ports.ts';
import type { Channel } from './channel.ts';
import { Incoming } from './incoming.ts';
import type { Message } from './messages.ts';
import { Outgoing } from './outgoing.ts';
import type { Planner } from './planner.ts';
import type { SessionParts } from './sessionParts.ts';
import { Sharing } from './sharing.ts';

const TICK_MS = 1_000;
/** A peer that says nothing for so long is asked whether it is there, and after the longer time it is given up. */
const QUIET_MS_MAX = 5_000;
const SILENCE_MS_MAX = 15_000;

/**
 * Both directions of a link while its two ends agree: sends what this log has for the peer, applies what comes, and
 * passes on units. Running from `start` until the channel closes, which it does on any fault: the next session begins at
 * what is durable. To a node that was retired nothing is sent.
 */
export class PeerSession {
  readonly #parts: SessionParts;
  readonly #link: Link;
  readonly #channel: Channel;
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #sharing: Sharing;
  /** The shop's, who plans for both ends. */
  readonly #planner: Planner | null;
  /** On the stopwatch. The handshake before may have taken longer than a session may be silent. */
  readonly #begunAt: number;
  #tick: Timer | undefined;
  #unsubscribe: () => void = () => undefined;

  constructor(parts: SessionParts, link: Link, channel: Channel, planner: Planner | null = null) {
    this.#parts = parts;
    this.#link = link;
    this.#channel = channel;
    this.#begunAt = parts.stopwatch.elapsed();
    this.#planner = planner;
    this.#incoming = new Incoming(parts, link, channel, planner);
    this.#outgoing = new Outgoing(parts, link, channel);
    this.#sharing = new Sharing(parts, link, planner);
  }

  start(): void {
    const { log, observer } = this.#parts;
    const { peer, session } = this.#link;
    observer.connected(peer, session);
    this.#unsubscribe = log.onEntries(this.#link, () => this.#advance());
    this.#setTick();
    this.#advance();
    if (this.#link.status === 'active') {
      this.#planner?.begin(this.#link, () => this.#quietMs() > QUIET_MS_MAX);
    }
  }

  hear(message: Message): void {
    if (message.type === 'entries') this.#incoming.take(message);
    if (message.type === 'ack') this.#outgoing.acknowledge(message);
    if (message.type === 'ping') this.#channel.send({ type: 'pong' });
  }

  /** Writes down what was acknowledged last. */
  async end(): Promise<void> {
    this.#unsubscribe();
    this.#tick?.cancel();
    this.#sharing.end();
    this.#planner?.end();
    await this.#outgoing.end();
  }

  #advance(): void {
    if (this.#link.status === 'retired') return;
    this.#sharing.advance();
    void this.#outgoing.pump();
  }

  #setTick(): void {
    this.#tick = this.#parts.timers.after(TICK_MS, () => {
      this.#setTick();
      this.#onTick();
    });
  }

  #quietMs(): number {
    return this.#parts.stopwatch.elapsed() - Math.max(this.#channel.heardAt, this.#begunAt);
  }

  #onTick(): void {
    const quietMs = this.#quietMs();
    if (quietMs > SILENCE_MS_MAX) this.#channel.close('the peer is silent');
    else if (quietMs > QUIET_MS_MAX) this.#channel.send({ type: 'ping' });
    this.#outgoing.tick();
    this.#advance();
  }
}
