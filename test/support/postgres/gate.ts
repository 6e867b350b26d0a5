import { TcpProxy, type Verdict } from './tcpProxy.ts';

/** What a statement contains. */
export const STATEMENTS = {
  lockLevels: /FOR NO KEY UPDATE OF levels/,
  write: /UPDATE log_head\s+SET position/,
  commit: /^COMMIT$/,
  fence: /INSERT INTO commits \(id, first_position, time\) SELECT \$1/,
} as const;

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
    return this.once(statement, 'holdBack');
  }

  /** The next time that such a statement is to be carried out, `verdict` happens to it. @returns when it has come so far */
  once(statement: RegExp, verdict: Verdict): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let isArmed = true;
    this.#proxy.onFrontendMessage(({ type, text }) => {
      if (!isArmed || type !== 'E' || !statement.test(text)) return 'forward';
      isArmed = false;
      resolve();
      return verdict;
    });
    return promise;
  }

  /** Each time that such a statement is to be carried out, `verdict` happens to it. */
  always(statement: RegExp, verdict: Verdict): void {
    this.#proxy.onFrontendMessage(({ type, text }) =>
      type === 'E' && statement.test(text) ? verdict : 'forward',
    );
  }

  /** Lets go on who was stopped. */
  open(): void {
    this.#proxy.letThrough();
  }

  /** Whoever is stopped finds its connection broken, while what it has sent is still to come to the server. */
  dropStopped(): void {
    this.#proxy.dropHeld();
  }

  close(): void {
    this.#proxy.close();
  }
}
