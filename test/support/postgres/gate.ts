import { TcpProxy, type Verdict } from './tcpProxy.ts';

/** What a statement contains. */
export const STATEMENTS = {
  lockLevels: /WITH wanted AS .+FOR NO KEY UPDATE OF levels/s,
  write: /UPDATE log_head\s+SET position/,
  commit: /^COMMIT$/,
  fence: /INSERT INTO commits \(id, first_position, time\) SELECT \$1/,
} as const;

/** What happens to a statement. */
export type Step = readonly [statement: RegExp, verdict: Verdict];

/** A way to a database on which something happens to one statement of a test's choice. */
export class Gate {
  readonly #proxy: TcpProxy;

  private constructor(proxy: TcpProxy) {
    this.#proxy = proxy;
  }

  static async before(url: string): Promise<Gate> {
    return new Gate(await TcpProxy.to(url));
  }

  /** The address of the database, through the gate. */
  get url(): string {
    return this.#proxy.url;
  }

  /**
   * The next client that has such a statement carried out is kept waiting there, with all that it sends after it, until
   * `open`.
   * @returns when it has come so far
   */
  stopAt(statement: RegExp): Promise<void> {
    return this.inTurn([statement, 'holdBack']);
  }

  /**
   * The next time that the first statement is to be carried out, its verdict happens to it; from then on the second one is
   * looked out for, and so on.
   * @returns when all have come
   */
  inTurn(...steps: readonly Step[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = [...steps];
    this.#proxy.onFrontendMessage(({ type, text }) => {
      const [statement, verdict] = waiting[0] ?? [];
      if (type !== 'E' || !statement?.test(text)) return 'forward';
      waiting.shift();
      if (waiting.length === 0) resolve();
      return verdict ?? 'forward';
    });
    return promise;
  }

  /** Each time that such a statement is to be carried out, its verdict happens to it; `onMet` is told. */
  always(steps: readonly Step[], onMet: (statement: RegExp) => void = () => {}): void {
    this.#proxy.onFrontendMessage(({ type, text }) => {
      const [statement, verdict] = steps.find(([each]) => type === 'E' && each.test(text)) ?? [];
      if (!statement || !verdict) return 'forward';
      onMet(statement);
      return verdict;
    });
  }

  /** Lets go on who was stopped. */
  open(): void {
    this.#proxy.letThrough();
  }

  /** Whoever is stopped finds its connection broken, while what it has sent is still to come to the server. */
  dropStopped(): void {
    this.#proxy.dropHeld();
  }

  /** Lets go on what was sent by clients that were dropped. @returns when the server has done all of it */
  openForDropped(): Promise<void> {
    this.open();
    return this.#proxy.clientsGone();
  }

  close(): void {
    this.#proxy.close();
  }
}
