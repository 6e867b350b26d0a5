import type { Message, Question, Reply, ServerFigures } from './messages.ts';

export interface Answers {
  readonly url: string;
  /** @param collect whether garbage is collected first */
  figures(collect: boolean): ServerFigures | Promise<ServerFigures>;
  learn(replies: readonly Reply[]): void;
  /** Begins to finish what was accepted; the process ends with it. */
  stop(): void;
}

/** The other end of `ServerProcess`: says that this process is ready, and answers what it is asked. */
export function answerParent(answers: Answers): void {
  const tell = (message: Message) => void process.send?.(message);
  const answer = async (question: Question): Promise<void> => {
    switch (question.kind) {
      case 'figures':
        tell({ kind: 'figures', ...(await answers.figures(question.collect)) });
        return;
      case 'learn':
        answers.learn(question.replies);
        tell({ kind: 'learned' });
        return;
      case 'stop':
        process.disconnect();
    }
  };
  process.on('message', (question: Question) => void answer(question));
  // Also when the bench itself was killed: nobody else would end this process.
  process.once('disconnect', () => answers.stop());
  tell({ kind: 'ready', url: answers.url });
}
