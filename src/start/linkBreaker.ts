import {
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
} from 'cockatiel';
import type { LinkBreaker } from '../nodes/borrowing.ts';

/** How long a peer that did not answer is left alone before it is asked again, by one buyer first. */
const SILENCE_MS = 5_000;

export interface ResettableBreaker extends LinkBreaker {
  /** The peer has been heard of: it is asked again at once. */
  reset(peer: string): void;
}

/**
 * A breaker for each peer. Closed at first; open from the first question that the peer did not answer; half open after a
 * while, when one question tries whether it answers again, and others wait for what comes of that.
 */
export function createLinkBreaker(silenceMs = SILENCE_MS): ResettableBreaker {
  const breakers = new Map<string, CircuitBreakerPolicy>();
  const breakerOf = (peer: string) => {
    const known = breakers.get(peer);
    if (known !== undefined) return known;
    const breaker = new ConsecutiveBreaker(1);
    const made = circuitBreaker(handleAll, { breaker, halfOpenAfter: silenceMs });
    breakers.set(peer, made);
    return made;
  };
  return {
    async guard(peer, ask) {
      try {
        await breakerOf(peer).execute(ask);
        return true;
      } catch {
        // Why it did not answer was told to the observer by whoever asked.
        return false;
      }
    },
    reset: (peer) => void breakers.delete(peer),
  };
}
