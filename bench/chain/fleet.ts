/** A shop that the hub knows, and what its node proves itself with. */
export interface EnrolledShop {
  readonly name: string;
  readonly location: string;
  readonly token: string;
}

/** How the nodes of the shops stand. */
export interface FleetState {
  /** Nodes with an open session. */
  readonly linked: number;
  /** End of each node's log, by its name. */
  readonly heads: Readonly<Record<string, number>>;
  /** The sum of what nodes have received of the hub's log: it grows as long as something comes. */
  readonly received: number;
  /** Bytes that have passed on all lines, both ways. */
  readonly bytes: number;
}

/** What came of selling, as the nodes have answered. */
export interface Sales {
  readonly sold: number;
  readonly refused: number;
  /** Times that a line was cut. */
  readonly cuts: number;
}

export interface SellingPlan {
  readonly seconds: number;
  readonly skus: number;
  /** Sales a second of each shop; absent: each as soon as the one before is answered. */
  readonly rate?: number;
  /** Pause between two cuts of a line at random, of one process, in milliseconds; absent: none is cut. */
  readonly cutEveryMs?: number;
}

/** How long entries of light shops took to be acknowledged, in milliseconds. */
export interface Acknowledged {
  readonly entries: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What the bench asks of a process that has shops. */
export interface Fleet {
  /** Opens nodes as they ship, but for their HTTP servers, each on an SQLite file; they call the hub from now on. */
  open(hub: string, folder: string, shops: readonly EnrolledShop[]): Promise<void>;
  /** Opens shops that speak the protocol and keep nothing. */
  openLight(hub: string, shops: readonly EnrolledShop[]): Promise<void>;
  state(): Promise<FleetState>;
  /** Each shop receives so many units of each SKU. */
  receive(skus: number, units: number): Promise<number>;
  sell(plan: SellingPlan): Promise<Sales>;
  /** Each shop writes so many events, many in one commit. */
  write(skus: number, events: number): Promise<Sales>;
  /** The first `shops` light shops say that they have sold something, each so often a second. */
  sellLightly(shops: number, rate: number, seconds: number): Promise<Acknowledged>;
  cut(): Promise<void>;
  /** Of the first `shops`. */
  heal(shops: number): Promise<void>;
  close(): Promise<void>;
}

export type Order = {
  [Name in keyof Fleet]: { readonly name: Name; readonly args: Parameters<Fleet[Name]> };
}[keyof Fleet];

export interface Reply {
  readonly result: unknown;
  /** What was thrown; null where nothing was. */
  readonly fault: string | null;
}

export function skuAt(index: number): string {
  return `SKU-${String(index + 1).padStart(5, '0')}`;
}
