import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

const { path, statement } = workerData as { readonly path: string; readonly statement: string };
const db = new DatabaseSync(path);
try {
  db.exec(statement);
} finally {
  db.close();
}
