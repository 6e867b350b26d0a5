import type { Connection } from '../transport.ts';
import { type Arrived, Inbox } from './inbox.ts';
import { CLOSE_MS, type Heartbeat, PARTS_UNTOLD_MAX } from './options.ts';
import { Outbox, type Ways } from './outbox.ts';
import { endPart, partsOf } from './parts.ts';
import { open, seal } from './seal.ts';

/** What a connection uses of the broker. */
export interface Wire extends Ways {
  /** Sends a sign of life, or loses it. @returns false when the broker says that nobody listens for it */
  beat(bytes: Uint8Array): Promise<boolean>;
  /** Asks the stream again for what the peer has stored. */
  reread(): void;
  /** What the broker takes in one piece. */
  readonly partBytesMax: number;
}

/** The keys of one end. */
export interface EndKeys {
  readonly out: Uint8Array;
  readonly in: Uint8Array;
  readonly beatOut: Uint8Array;
  readonly beatIn: Uint8Array;
}

/** A sign of life says what its sender has stored, and what it has heard. */
const BEAT_BYTES = 16;

/** A peer that is connected to another server of NATS just then is missing once. */
const UNHEEDED_MAX = 2;

/** After so many intervals without what the peer has stored the stream is asked anew. */
const REREAD_INTERVALS = 2;

/**
 * A link's messages by way of a stream, and short ones directly as well: whichever comes first counts. It delivers all
 * that was sent, in order and once, or ends: what the stream has lost is not told from a broken line. States: open (what
 * comes is kept until somebody listens), closing (what was sent before is being stored), closed.
 */
export class NatsLinkConnection implements Connection {
  readonly #wire: Wire;
  readonly #keys: EndKeys;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #closed = Promise.withResolvers<string>();
  readonly #watch: Watch;
  #listener: ((text: string) => void) | undefined;
  #unheard: string[] = [];
  #state: 'open' | 'closing' | 'closed' = 'open';
  #beats = 0;
  #beatHeard = 0;
  /** The last part of the peer that it knows to be heard. */
  #told = 0;
  /** What the peer says to have stored. */
  #storedByPeer = 0;

  constructor(wire: Wire, keys: EndKeys, heartbeat: Heartbeat) {
    this.#wire = wire;
    this.#keys = keys;
    this.#outbox = new Outbox(wire, keys.out);
    this.#inbox = new Inbox(keys.in);
    this.#watch = new Watch(heartbeat, () => this.#onInterval());
  }

  /** Settles with the reason when it is closed. */
  get closed(): Promise<string> {
    return this.#closed.promise;
  }

  get buffered(): number {
    return this.#outbox.buffered;
  }

  send(text: string): void {
    if (this.#state !== 'open') return;
    for (const part of partsOf(text, this.#wire.partBytesMax)) this.#outbox.push(part);
  }

  onText(listener: (text: string) => void): void {
    this.#listener = listener;
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const text of unheard) if (this.#state === 'open') listener(text);
  }

  onClose(listener: (reason: string) => void): void {
    void this.#closed.promise.then(listener);
  }

  close(reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#outbox.push(endPart(reason));
    const timer = setTimeout(() => this.break(reason), CLOSE_MS);
    void this.#outbox.drained().then(() => {
      clearTimeout(timer);
      this.break(reason);
    });
  }

  /** It is over at once: nothing passes any more. */
  break(reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#watch.stop();
    this.#outbox.stop();
    this.#closed.resolve(reason);
  }

  /** A piece, of whomever, by either way. */
  take(bytes: Uint8Array): void {
    if (this.#state === 'closed') return;
    const { isNew, arrived } = this.#inbox.take(bytes);
    if (isNew) this.#watch.heard();
    for (const one of arrived) this.#hear(one);
    if (this.#inbox.heardUpTo - this.#told >= PARTS_UNTOLD_MAX) void this.#beat();
  }

  /** A sign of life, of whomever. An old one is none. */
  takeBeat(bytes: Uint8Array): void {
    const opened = open(this.#keys.beatIn, bytes);
    if (opened === undefined || opened.number <= this.#beatHeard) return;
    this.#beatHeard = opened.number;
    this.#watch.heard();
    if (opened.content.length !== BEAT_BYTES) return;
    this.#storedByPeer = Number(opened.content.readBigUInt64BE());
    this.#outbox.heard(Number(opened.content.readBigUInt64BE(BEAT_BYTES / 2)));
  }

  #hear(arrived: Arrived): void {
    if (this.#state === 'closed') return;
    if (arrived.kind === 'end') this.break(arrived.reason);
    if (arrived.kind === 'lost') this.break('messages were lost on their way');
    if (arrived.kind === 'tooLarge') this.close('a message was too large');
    if (arrived.kind === 'text' && this.#state === 'open') this.#tell(arrived.text);
  }

  #tell(text: string): void {
    if (this.#listener === undefined) this.#unheard.push(text);
    else this.#listener(text);
  }

  #onInterval(): void {
    const fault = this.#watch.faultOf({
      isStoring: this.#outbox.buffered > 0,
      storedUpTo: this.#outbox.doneUpTo,
      isBehind: this.#inbox.heardUpTo < this.#storedByPeer,
      heardUpTo: this.#inbox.heardUpTo,
    });
    if (this.#watch.behindIntervals === REREAD_INTERVALS) this.#wire.reread();
    if (fault === undefined) void this.#beat().then((isHeard) => this.#watch.told(isHeard));
    else this.break(fault);
  }

  #beat(): Promise<boolean> {
    const content = Buffer.alloc(BEAT_BYTES);
    this.#told = this.#inbox.heardUpTo;
    content.writeBigUInt64BE(BigInt(this.#outbox.doneUpTo));
    content.writeBigUInt64BE(BigInt(this.#told), BEAT_BYTES / 2);
    this.#beats += 1;
    return this.#wire.beat(seal(this.#keys.beatOut, this.#beats, content));
  }
}

/** How far both directions have come. */
interface Progress {
  readonly isStoring: boolean;
  readonly storedUpTo: number;
  /** The peer has stored more than has come. */
  readonly isBehind: boolean;
  readonly heardUpTo: number;
}

/** Counts intervals, and not time, for this process may have been stopped. Watching until it is stopped. */
class Watch {
  readonly #heartbeat: Heartbeat;
  readonly #timer: NodeJS.Timeout;
  #silent = 0;
  #unheeded = 0;
  #unstored = 0;
  #behind = 0;
  #storedUpTo = 0;
  #heardUpTo = 0;

  constructor(heartbeat: Heartbeat, onInterval: () => void) {
    this.#heartbeat = heartbeat;
    this.#timer = setInterval(onInterval, heartbeat.intervalMs);
  }

  /** How often in a row nothing came of what the peer has stored. */
  get behindIntervals(): number {
    return this.#behind;
  }

  heard(): void {
    this.#silent = 0;
  }

  /** Whether anybody listens for this end's sign of life. */
  told(isHeard: boolean): void {
    this.#unheeded = isHeard ? 0 : this.#unheeded + 1;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** To be called once an interval. @returns why the connection counts as broken, if it does */
  faultOf({ isStoring, storedUpTo, isBehind, heardUpTo }: Progress): string | undefined {
    this.#silent += 1;
    this.#unstored = isStoring && storedUpTo === this.#storedUpTo ? this.#unstored + 1 : 0;
    this.#behind = isBehind && heardUpTo === this.#heardUpTo ? this.#behind + 1 : 0;
    this.#storedUpTo = storedUpTo;
    this.#heardUpTo = heardUpTo;
    const { intervalMs, silentIntervalsMax, stuckIntervalsMax } = this.#heartbeat;
    if (this.#silent > silentIntervalsMax) {
      return `nothing was heard of the peer for ${silentIntervalsMax * intervalMs} ms`;
    }
    if (this.#unheeded >= UNHEEDED_MAX) return 'the peer listens no more';
    const ms = stuckIntervalsMax * intervalMs;
    if (this.#unstored > stuckIntervalsMax) return `the stream has taken nothing for ${ms} ms`;
    if (this.#behind <= stuckIntervalsMax) return undefined;
    return `the stream has given nothing of what it has for ${ms} ms`;
  }
}
