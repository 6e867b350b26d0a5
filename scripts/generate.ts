import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { referencePages } from '../src/cli/reference.ts';
import { openApiText } from './generate/openApi.ts';
import { problemsPage } from './generate/problemsPage.ts';

/** Every file that is made from the sources, by its path from the root; `.ci/run` refuses a difference. */
async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ...referencePages(),
    ['docs/reference/openapi.json', await openApiText()],
    ['docs/reference/refusals.md', problemsPage()],
  ]);
}

const root = path.dirname(import.meta.dirname);
for (const [file, text] of await generatedFiles()) {
  const target = path.join(root, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
  console.log(`written: ${file}`);
}
