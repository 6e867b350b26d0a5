import { readConfig } from '../../src/config.ts';
import { createRuntime } from '../../src/start/runtime.ts';
import { serve } from '../../src/start/serve.ts';
import { fillShelves } from '../inProcess/fillShelves.ts';
import { answerParent } from './answerParent.ts';
import { processFigures } from './messages.ts';
import { readCommitCounts } from './readCommitCounts.ts';
import { Twins } from './twins.ts';

// The server as it ships, on full shelves and with the twins of its routes. The only argument holds the values of
// settings as JSON, by their names.

const [flags = '{}'] = process.argv.slice(2);
const twins = new Twins();
const stop = Promise.withResolvers<void>();
await serve({
  runtime: createRuntime(),
  config: readConfig({ port: '0', ...JSON.parse(flags) }, {}),
  version: 'bench',
  startedByNpm: false,
  extend: (app) => twins.addTo(app),
  hooks: {
    prepare: fillShelves,
    async ready(url) {
      answerParent({
        url,
        figures: async (collect) => processFigures(await readCommitCounts(url), collect),
        learn: (replies) => twins.learn(replies),
        stop: () => stop.resolve(),
      });
    },
    until: stop.promise,
  },
});
