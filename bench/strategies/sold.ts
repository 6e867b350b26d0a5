import { Client } from 'pg';

/** What the database says was sold of some SKUs. */
export interface Sold {
  readonly reservations: number;
  readonly units: number;
  /** Units of any one SKU beyond what there was of it. */
  readonly oversold: number;
}

const COUNT = `
  WITH sold AS (
    SELECT holds.level, sum(holds.quantity)::int AS units
    FROM level_ids JOIN holds ON holds.level = level_ids.id
    WHERE level_ids.sku = ANY ($1) GROUP BY holds.level
  )
  SELECT coalesce(sum(units), 0)::int AS units,
    coalesce(sum(greatest(units - $2::int, 0)), 0)::int AS oversold,
    (SELECT count(DISTINCT holds.reservation_id)::int
     FROM level_ids JOIN holds ON holds.level = level_ids.id
     WHERE level_ids.sku = ANY ($1)) AS reservations
  FROM sold`;

/** @param units of each SKU, before anything was sold */
export async function countSold(
  database: string,
  skus: readonly string[],
  units: number,
): Promise<Sold> {
  const client = new Client({ connectionString: database });
  await client.connect();
  try {
    const { rows } = await client.query<Sold>(COUNT, [skus, units]);
    const [sold] = rows;
    if (sold === undefined) throw new Error('an aggregate has one row');
    return sold;
  } finally {
    await client.end();
  }
}
