import type { NodeObserver } from '../../../src/nodes/parts.ts';

/** What a node's links have told whoever watches them. */
export class Told implements NodeObserver {
  readonly sessions: string[] = [];
  readonly ends: string[] = [];
  readonly refusals: string[] = [];
  readonly failures: unknown[] = [];
  readonly questions: {
    readonly peer: string;
    readonly answered: boolean;
    readonly waitedMs: number;
  }[] = [];
  entriesReceived = 0;
  entriesSent = 0;

  connected(peer: string, session: number): void {
    this.sessions.push(`${peer} ${session}`);
  }
  disconnected(_peer: string, reason: string): void {
    this.ends.push(reason);
  }
  refused(_peer: string, reason: string): void {
    this.refusals.push(reason);
  }
  received(_peer: string, entries: number): void {
    this.entriesReceived += entries;
  }
  sent(_peer: string, entries: number): void {
    this.entriesSent += entries;
  }
  asked(peer: string, answered: boolean, waitedMs: number): void {
    this.questions.push({ peer, answered, waitedMs });
  }
  failed(_peer: string, error: unknown): void {
    this.failures.push(error);
  }

  /** Failures that no test means to bring about: broken invariants and mistakes in the code. */
  get defects(): readonly unknown[] {
    return this.failures.filter(
      (error) =>
        error instanceof TypeError || (error instanceof Error && error.name === 'InvariantError'),
    );
  }
}
