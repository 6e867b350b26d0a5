import { afterEach, expect, test } from 'vitest';
import type { OwnLog } from '../../src/nodes/ownLog.ts';
import type { SessionParts } from '../../src/nodes/sessionParts.ts';
import { Stage } from '../support/nodes/stage.ts';

let stage: Stage;

afterEach(async () => {
  await stage.close();
});

/** Makes it take half a minute to compute a digest, as it does of a log of some years. */
function slowDown({ log, timers }: SessionParts): void {
  const digestAt = log.digestAt.bind(log);
  const slow: OwnLog['digestAt'] = async (link, position) => {
    await new Promise<void>((resolve) => timers.after(30_000, () => resolve()));
    return digestAt(link, position);
  };
  log.digestAt = slow;
}

test.each(['the hub', 'the shop'])('a handshake lasts while %s compares the logs', async (who) => {
  stage = await Stage.open(['S']);
  const shop = await stage.addShop('s1', 'S');
  shop.cutOff();
  await stage.pass(60_000);
  expect(shop.isConnected).toBe(false);
  slowDown((who === 'the hub' ? stage.hub : shop).process.parts);
  await shop.heal();
  await stage.pass(90_000);
  expect(shop.isConnected).toBe(true);
});
