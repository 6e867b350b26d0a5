import type { Want } from '../domain/links/commands.ts';
import { type ShareKey, shareKey } from '../domain/links/share.ts';
import {
  AbandonedError,
  type Answer,
  type Ledger,
  type MissingUnits,
  type PassedReservation,
  type SharingLedger,
  type Work,
} from '../ledger/ledger.ts';
import type { Stopwatch, Timers } from '../ledger/ports.ts';
import type { QueryStore } from '../queries/store.ts';
import type { DemandBook } from './demand.ts';
import { submitLink } from './linkCommands.ts';
import type { OwnLog } from './ownLog.ts';
import type { NodeObserver } from './parts.ts';
import type { Requests } from './requests.ts';

/** How often a work asks for units: what the last round brings must come before the hold of the first one ends. */
const ROUNDS_MAX = 3;

/** Remembers peers that do not answer, so that buyers do not wait for them. */
export interface LinkBreaker {
  /**
   * Runs `ask`, unless the peer was found silent a short while ago.
   * @returns whether it was asked and has answered; `ask` tells silence by throwing
   */
  guard(peer: string, ask: () => Promise<void>): Promise<boolean>;
}

export interface BorrowingParts {
  readonly ledger: SharingLedger;
  readonly store: Pick<QueryStore, 'shares'>;
  /** This node's name. */
  readonly node: string;
  readonly log: OwnLog;
  readonly requests: Requests;
  readonly breaker: LinkBreaker;
  readonly newId: () => string;
  readonly timers: Timers;
  readonly stopwatch: Stopwatch;
  /** The shop's book of demand: what was asked of the hub in vain is noted there. */
  readonly demand?: Pick<DemandBook, 'note'>;
  /** How long a buyer waits for other nodes at most. */
  readonly waitMs: number;
  readonly observer: Pick<NodeObserver, 'asked' | 'failed'>;
}

/** Works that wait for the same peers: they ask together, and are decided together when the answers are there. */
interface Round {
  readonly request: string;
  readonly wants: Map<string, MissingUnits>;
  /** What each member wants. */
  readonly asked: MissingUnits[];
  readonly members: (() => void)[];
}

interface Rounds {
  isRunning: boolean;
  next: Round | null;
}

interface Waiting {
  readonly fingerprint: string;
  readonly answer: Promise<Answer>;
}

/**
 * A ledger that asks other nodes before it refuses for want of stock. The asking is outside of any commit: a work that
 * is short is left undone, all owners are asked at once, and it is decided again when all have answered or the time is
 * up. Thousands of buyers that are short at once ask once. A repeated idempotency key joins the work that waits.
 */
export function withBorrowing(parts: BorrowingParts): Ledger {
  const { ledger } = parts;
  const borrower = new Borrower(parts);
  return {
    submit: (work) => borrower.submit(work),
    settleTime: (time) => ledger.settleTime(time),
    now: () => ledger.now(),
    onCommit: (listener) => ledger.onCommit(listener),
    close: () => ledger.close(),
  };
}

class Borrower {
  readonly #parts: BorrowingParts;
  /** By the peers that are asked. */
  readonly #rounds = new Map<string, Rounds>();
  /** Units that peers are being asked for, by share. */
  readonly #beingAsked = new Map<ShareKey, number>();
  /** By actor and idempotency key. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(parts: BorrowingParts) {
    this.#parts = parts;
    // Another server of this node may hold the connection to the peer: what that takes in is in the log of both.
    parts.log.onGrowth((events) => {
      for (const event of events) {
        const { peer, request } = event.details ?? {};
        if (event.type === 'accept' && peer !== undefined && request !== undefined) {
          parts.requests.answered(peer, request, event);
        }
      }
    });
  }

  async submit(work: Work): Promise<Answer> {
    const { key, actor } = work;
    if (key === undefined) return this.#decide(work);
    const name = `${actor}\u0000${key.key}`;
    const before = this.#waiting.get(name);
    if (before) return this.#repeat(before, work, key.fingerprint);
    const answer = this.#decide(work);
    this.#waiting.set(name, { fingerprint: key.fingerprint, answer });
    try {
      return await answer;
    } finally {
      this.#waiting.delete(name);
    }
  }

  /** The answer of the work that waits under the same key, as a repeated one; its own where nobody waited for that any more. */
  async #repeat(before: Waiting, work: Work, fingerprint: string): Promise<Answer> {
    if (before.fingerprint !== fingerprint) return { kind: 'keyReused', index: null };
    try {
      const answer = await before.answer;
      return answer.kind === 'keyReused' ? answer : { ...answer, replayed: true };
    } catch (error) {
      if (error instanceof AbandonedError) return this.submit(work);
      throw error;
    }
  }

  async #decide(work: Work, round = 1): Promise<Answer> {
    const { ledger } = this.#parts;
    const answer = await ledger.attempt({ ...work, beingAsked: this.#beingAsked });
    if (answer.kind !== 'short') return answer;
    const { wants, parts, located } = answer;
    await Promise.all(parts.map((part) => this.#cancelElsewhere(part)));
    if (wants.length === 0) return ledger.submit(located ?? work);
    return new Promise((resolve) => {
      this.#join(wants, (request) => {
        const again = afterAsking(located ?? work, request, wants);
        // What leaves the location open may be had of somebody else, where those who were asked did not give it.
        const isOpen = located !== undefined && round < ROUNDS_MAX;
        resolve(isOpen ? this.#decide(again, round + 1) : ledger.submit(again));
      });
    });
  }

  #join(wants: readonly MissingUnits[], decideAgain: (request: string) => void): void {
    const peers = [...new Set(wants.map(({ peer }) => peer))].sort().join('\u0000');
    const rounds = this.#rounds.get(peers) ?? { isRunning: false, next: null };
    this.#rounds.set(peers, rounds);
    const round = rounds.next ?? this.#newRound();
    rounds.next = round;
    for (const want of wants) addWant(round, want);
    this.#noteAsking(wants, 1);
    round.asked.push(...wants);
    round.members.push(() => decideAgain(round.request));
    if (!rounds.isRunning) void this.#run(peers, rounds);
  }

  #noteAsking(wants: readonly MissingUnits[], sign: 1 | -1): void {
    for (const { peer, sku, location, units } of wants) {
      const key = shareKey(peer, sku, location);
      const sum = (this.#beingAsked.get(key) ?? 0) + sign * units;
      if (sum === 0) this.#beingAsked.delete(key);
      else this.#beingAsked.set(key, sum);
    }
  }

  #newRound(): Round {
    return { request: this.#parts.newId(), wants: new Map(), asked: [], members: [] };
  }

  async #run(peers: string, rounds: Rounds): Promise<void> {
    rounds.isRunning = true;
    // Whoever was short in the same commit asks together.
    await new Promise<void>((resolve) => this.#parts.timers.next(resolve));
    while (rounds.next) {
      const round = rounds.next;
      rounds.next = null;
      await this.#ask(round);
      this.#noteAsking(round.asked, -1);
      // In the order in which they came, and before anybody who comes now: the first ends the hold that was kept.
      for (const decideAgain of round.members) decideAgain();
    }
    this.#rounds.delete(peers);
  }

  async #ask(round: Round): Promise<void> {
    const byPeer = Map.groupBy(round.wants.values(), ({ peer }) => peer);
    await Promise.all(
      [...byPeer].map(async ([peer, wants]) => {
        const { breaker, demand } = this.#parts;
        const hasAnswered = await breaker.guard(peer, () =>
          this.#askPeer(peer, round.request, wants),
        );
        if (hasAnswered) return;
        for (const { sku, units } of wants) demand?.note('shop', sku, units);
      }),
    );
  }

  /** @throws when the peer has not answered in time, or could not be asked */
  async #askPeer(peer: string, request: string, wants: readonly Want[]): Promise<void> {
    const { requests, stopwatch, waitMs, observer, node } = this.#parts;
    const startedAt = stopwatch.elapsed();
    const answer = requests.wait(peer, request, wants, waitMs);
    let answered = false;
    try {
      await submitLink(this.#parts, node, { type: 'ask', request, wants });
      answered = (await answer) || (await this.#isSettled(request, wants));
    } catch (error) {
      observer.failed(peer, error);
      throw error;
    } finally {
      observer.asked(peer, answered, stopwatch.elapsed() - startedAt);
    }
    if (!answered) throw new Error(`${peer} did not answer within ${waitMs} ms`);
  }

  /** Whether the peer has answered all the same: a refusal that another server of this node got is in the database only. */
  async #isSettled(request: string, wants: readonly Want[]): Promise<boolean> {
    const { store } = this.#parts;
    const shares = await Promise.all(
      wants.map(({ peer, sku, location }) =>
        store.shares({ peer, skus: [sku], location, limit: 1 }),
      ),
    );
    return shares.every(([share]) => share?.request !== request);
  }

  /** Asks for the parts to be cancelled, and waits for what became of them. */
  async #cancelElsewhere({ reservationId, peers, units }: PassedReservation): Promise<void> {
    const { log, timers, waitMs, newId, node, observer } = this.#parts;
    let open = units;
    const settled = new Promise<void>((resolve) => {
      const timer = timers.after(waitMs, () => end());
      const unsubscribe = log.onGrowth((events) => {
        for (const { reservationId: id, type, details } of events) {
          const isPart = type === 'part_cancelled' || type === 'part_fulfilled';
          if (isPart && id === reservationId) open -= details?.units ?? 0;
        }
        if (open <= 0) end();
      });
      const end = () => {
        timer.cancel();
        unsubscribe();
        resolve();
      };
    });
    try {
      const request = newId();
      await submitLink(this.#parts, node, { type: 'askCancel', request, reservationId, peers });
      await settled;
    } catch (error) {
      observer.failed(node, error);
    }
  }
}

/** The work as it is decided when those who were asked have answered, or not. */
function afterAsking(work: Work, request: string, wants: readonly MissingUnits[]): Work {
  const { keptFor = [], asked = [] } = work;
  const names = wants.map(({ peer, sku, location }) => shareKey(peer, sku, location));
  return { ...work, keptFor: [...keptFor, request], asked: new Set([...asked, ...names]) };
}

/** What is there is there once, however many wait for more. */
function addWant({ wants }: Round, want: MissingUnits): void {
  const key = shareKey(want.peer, want.sku, want.location);
  const known = wants.get(key);
  const requested = want.units + want.available + (known ? known.units + known.available : 0);
  const available = Math.min(want.available, known?.available ?? want.available);
  wants.set(key, { ...want, units: requested - available, available });
}
