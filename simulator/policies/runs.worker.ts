import { parentPort } from 'node:worker_threads';
import { runTask, type Task } from './question.ts';

// What is thrown where nobody waits for it ends the worker, and the parent hears of it.
parentPort?.on('message', (task: Task) => {
  void runTask(task).then(
    (figures) => parentPort?.postMessage({ figures }),
    (error: unknown) => parentPort?.postMessage({ failure: describe(error) }),
  );
});

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
