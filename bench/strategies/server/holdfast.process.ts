import { readConfig } from '../../../src/config.ts';
import { createRuntime } from '../../../src/start/runtime.ts';
import { serve } from '../../../src/start/serve.ts';
import { answerParent } from '../../server/answerParent.ts';
import { processFigures } from '../../server/messages.ts';
import { readCommitCounts } from '../../server/readCommitCounts.ts';
import { Twins } from '../../server/twins.ts';
import type { HoldfastTask } from '../contender.ts';
import { countTraffic } from './counting.ts';
import { readRetries } from './readRetries.ts';
import { stockHoldfast } from './stockHoldfast.ts';
import { addTrafficRoute } from './trafficRoute.ts';

// The server as it ships, on full shelves and with the twins of its routes. The only argument is a `HoldfastTask` as
// JSON.

const [text = ''] = process.argv.slice(2);
const { flags, shelves }: HoldfastTask = JSON.parse(text);
const twins = new Twins();
const stop = Promise.withResolvers<void>();
let ownUrl = '';
countTraffic();
await serve({
  runtime: createRuntime(),
  config: readConfig({ port: '0', logLevel: 'warn', requestLog: 'false', ...flags }, {}),
  version: 'bench',
  startedByNpm: false,
  extend(app) {
    twins.addTo(app);
    addTrafficRoute(app, () => readRetries(ownUrl));
  },
  hooks: {
    prepare: (_, ledger) => stockHoldfast(ledger, shelves),
    async ready(url) {
      ownUrl = url;
      answerParent({
        url,
        figures: async () => processFigures(await readCommitCounts(url)),
        learn: (replies) => twins.learn(replies),
        stop: () => stop.resolve(),
      });
    },
    until: stop.promise,
  },
});
