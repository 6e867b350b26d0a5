/** A promise of the design that was broken. */
class Violation extends Error {
  override readonly name = 'Violation';
}

/** @throws {Violation} when `condition` is false */
export function check(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Violation(message());
}
