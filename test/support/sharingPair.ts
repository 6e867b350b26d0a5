import { expect, it } from 'vitest';
import { type Chain, type NodeProcess, until } from './chain.ts';

/** A hub and a shop in processes of their own, whatever carries their link, and where the shop's goods are. */
export interface SharingPair {
  readonly chain: Chain;
  readonly shop: NodeProcess;
  readonly location: string;
}

/** Units that both nodes own, as each says of itself. */
export async function owned(
  { chain, shop, location }: SharingPair,
  sku: string,
): Promise<{ hub: number; shop: number }> {
  const [hub, there] = await Promise.all([
    chain.hub.stock(sku, location),
    shop.stock(sku, location),
  ]);
  return { hub: hub.available, shop: there.available };
}

/** Brings in a new product, of which both own `each`. */
export async function split(pair: SharingPair, sku: string, each: number): Promise<void> {
  const { chain, shop, location } = pair;
  await chain.stock(sku, location, 0);
  await until(async () => (await shop.ask(`/v1/products/${sku}`)).status === 200);
  await shop.move('receive', sku, location, 2 * each);
  await until(async () => (await owned(pair, sku)).hub === each);
  await chain.untilEven(shop);
}

/** What is so over every transport. When the shop was added there were 20 mugs, of which the hub was to have half. */
export function itSharesUnits(current: () => SharingPair): void {
  it('share what there was when the shop was added', async () => {
    const pair = current();
    await until(async () => (await owned(pair, 'MUG')).shop === 10);
    expect(await owned(pair, 'MUG')).toEqual({ hub: 10, shop: 10 });
  });

  it('sell on both sides, and hear of it', async () => {
    const pair = current();
    const { chain, shop, location } = pair;
    await split(pair, 'PLATE', 5);
    expect((await shop.move('sell', 'PLATE', location, 2)).status).toBe(201);
    expect((await chain.hub.reserve('PLATE', location, 3)).status).toBe(201);
    await until(async () => {
      const [atHub] = (await chain.hub.stock('PLATE', location)).nodes ?? [];
      const [atShop] = (await shop.stock('PLATE', location)).nodes ?? [];
      return atHub?.available === 3 && atShop?.available === 2;
    });
  });

  it('lend each other what a buyer is short of', async () => {
    const pair = current();
    const { chain, shop, location } = pair;
    await split(pair, 'BOWL', 5);
    expect((await chain.hub.reserve('BOWL', location, 8)).status).toBe(201);
    expect((await shop.reserve('BOWL', location, 2)).status).toBe(201);
    expect((await shop.reserve('BOWL', location, 1)).body['code']).toBe('insufficient_stock');
    expect(await owned(pair, 'BOWL')).toEqual({ hub: 0, shop: 0 });
  });
}
