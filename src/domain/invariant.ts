/** Thrown when the program contradicts itself: always a defect of ours, never of the caller or the world. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/**
 * Asserts what the code relies on. Pass a function for a message that costs something to build.
 * @throws {InvariantError} when `condition` is false
 */
export function invariant(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new InvariantError(typeof message === 'string' ? message : message());
}
