import {
  EMPTY_MODEL,
  type ModelCommand,
  type ModelResult,
  type ModelState,
  step,
} from './model.ts';

/** A command as its client saw it: when it was sent, when the answer came (any order-preserving numbers), and the answer. */
export interface Observation {
  readonly command: ModelCommand;
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly result: ModelResult;
}

/**
 * Whether some order of the commands, in which none comes before one that was answered before it was sent, makes the
 * model give every observed answer and end in a state that `accepts` accepts. Depth-first search over orders with a
 * memory of visited (set of done, state), after Wing and Gong (1993) and Lowe (2017).
 */
export function linearization(
  history: readonly Observation[],
  accepts: (end: ModelState) => boolean = () => true,
  start: ModelState = EMPTY_MODEL,
): readonly Observation[] | null {
  const visited = new Set<string>();
  const search = (
    left: readonly Observation[],
    state: ModelState,
    order: readonly Observation[],
  ): readonly Observation[] | null => {
    if (left.length === 0) return accepts(state) ? order : null;
    const key = `${left.map((o) => history.indexOf(o)).join()}|${JSON.stringify(state)}`;
    if (visited.has(key)) return null;
    visited.add(key);
    for (const [next, after] of candidates(left, state)) {
      const rest = left.filter((observation) => observation !== next);
      const found = search(rest, after, [...order, next]);
      if (found) return found;
    }
    return null;
  };
  return search(history, start, []);
}

/** What may come next: sent before any of the rest was answered, and answered as the model answers. */
function candidates(
  left: readonly Observation[],
  state: ModelState,
): (readonly [Observation, ModelState])[] {
  const deadline = Math.min(...left.map(({ answeredAt }) => answeredAt));
  return left.flatMap((next) => {
    if (next.sentAt > deadline) return [];
    const [after, result] = step(state, next.command);
    return result === next.result ? [[next, after] as const] : [];
  });
}
