/** What happened, for whoever has to understand a failure: the last things, or, told aloud, all. */
export class Journal {
  readonly #keptMax: number;
  readonly #tell: ((line: string) => void) | null;
  #lines: string[] = [];

  constructor(keptMax: number, tell: ((line: string) => void) | null = null) {
    this.#keptMax = keptMax;
    this.#tell = tell;
  }

  note(atMs: number, text: string): void {
    const line = `${(atMs / 1_000).toFixed(3).padStart(9)}s ${text}`;
    this.#tell?.(line);
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#keptMax) this.#lines = this.last();
  }

  last(): string[] {
    return this.#lines.slice(-this.#keptMax);
  }
}
