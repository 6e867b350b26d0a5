/** A place where a product is, or was: what is known of it without its lock. */
export interface StockedPlace {
  readonly location: string;
  /** Units of this node; below zero where it owes some. */
  readonly available: number;
  /** When the first hold there ends, due or not; null where some are available, or nothing is held. Milliseconds since 1970. */
  readonly releaseAt: number | null;
  /** Units that other nodes have there, or that are on their way to them. */
  readonly elsewhere: number;
}

/** Units of the place, whoever has them. */
export function unitsIn({ available, elsewhere }: StockedPlace): number {
  return Math.max(available, 0) + elsewhere;
}

/** Whether something may come from the place now: what is there, what a hold that is due gives back, what others lend. */
export function mayGive(place: StockedPlace, now: number, mayBorrow: boolean): boolean {
  const { available, releaseAt, elsewhere } = place;
  return available > 0 || (releaseAt !== null && releaseAt <= now) || (mayBorrow && elsewhere > 0);
}
