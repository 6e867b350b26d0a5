import { afterEach, expect, test } from 'vitest';
import type { Link } from '../../src/domain/links/link.ts';
import { Stage } from '../support/nodes/stage.ts';

let stage: Stage;

afterEach(async () => {
  await stage.close();
});

test('links that are behind take turns: each page of the log has a round of the event loop to itself', async () => {
  stage = await Stage.open(['S']);
  const shop = await stage.addShop('s1', 'S');
  await shop.stop();
  const skus = Array.from({ length: 700 }, (_, i) => `sku ${i}`);
  await stage.hub.addProduct(...skus);
  await stage.hub.restart();
  const { log, timers } = stage.hub.process.parts;
  const link: Link = { ...(await stage.hub.linkTo('s1')), acknowledged: 0 };
  const seen: string[] = [];
  const read = async (name: string) => {
    const { entries } = await log.read(link, 0);
    seen.push(`${name}: ${entries.length}`);
  };
  const looking = new Promise<void>((resolve) => {
    const look = (rounds: number) => {
      seen.push('a round');
      if (rounds === 0) resolve();
      else timers.soon(() => look(rounds - 1));
    };
    timers.soon(() => look(2));
  });
  const reading = Promise.all(['one', 'two', 'three'].map(read));
  await stage.until(Promise.all([reading, looking]));
  expect(seen).toEqual(['a round', 'one: 500', 'a round', 'two: 500', 'a round', 'three: 500']);
});
