import { defineConfig } from 'vitest/config';

// Groups run one after the other: tests that measure time or saturate the cores are kept apart from
// the quick ones, so that their outcome does not hang on what happens to run beside them.
function project(name: string, include: string[], groupOrder: number, maxWorkers: number) {
  return { extends: true as const, test: { name, include, maxWorkers, sequence: { groupOrder } } };
}

/** More than the two cores that the suite is timed on: half of the time a test waits for another process. */
const WORKERS = 3;

export default defineConfig({
  test: {
    pool: 'forks',
    // Generous, for they only say when to give up on what hangs: a machine that others use too may be ten times as slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
    // Starts PostgreSQL when the first test asks for it, and ends it.
    globalSetup: './test/support/postgres/globalSetup.ts',
    setupFiles: './test/support/seeds.ts',
    reporters: ['default', './test/summary-reporter.ts'],
    projects: [
      project('unit', ['src/**/*.test.ts', 'test/unit/**/*.test.ts'], 0, WORKERS),
      project('rules', ['test/rules/**/*.test.ts'], 0, WORKERS),
      project('integration', ['test/{integration,contract}/**/*.test.ts'], 0, WORKERS),
      project('e2e', ['test/e2e/**/*.test.ts'], 1, WORKERS),
      project('concurrency', ['test/concurrency/**/*.test.ts'], 2, 1),
      // Clusters of brokers that lose servers: minutes of waiting for elections, and not part of `npm test`.
      project('brokers', ['test/brokers/**/*.test.ts'], 3, 2),
      // The tests of the bench: a product of its own, and not part of `npm test`.
      project('bench', ['test/bench/**/*.test.ts'], 4, 1),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.test.ts'],
      reporter: ['text-summary', 'text', 'json-summary', 'html'],
    },
  },
});
