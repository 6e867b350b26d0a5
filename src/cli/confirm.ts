import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { CommandError } from './exitCodes.ts';
import type { Tools } from './tools.ts';

export interface Question {
  /** What is asked on a terminal, without the demand for an answer. */
  readonly question: string;
  /** What is said where there is nobody to ask; it names `--yes`. */
  readonly unasked: string;
}

/** @throws {CommandError} when there is nobody to ask */
export async function isConfirmed(tools: Tools, { question, unasked }: Question): Promise<boolean> {
  if (tools.in.isTTY !== true) throw new CommandError(unasked, 'usage');
  const dialogue = createInterface({ input: tools.in, output: tools.err });
  // At the end of input (Ctrl-D) the question would never be answered.
  const closed = once(dialogue, 'close').then(() => '');
  const answer = await Promise.race([dialogue.question(`${question} Type yes: `), closed]);
  dialogue.close();
  return answer.trim().toLowerCase() === 'yes';
}
