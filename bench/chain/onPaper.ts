import { decimals, whole } from '../table.ts';
import { type Figures, percent, type Row, row } from './cost.ts';

/** The chain that was not measured. */
const SHOPS = 1_000;
const SKUS = 10_000;
/** What a shop writes in a day, in 12 hours; in the busiest one of them four times as much as in the others. */
const EVENTS_A_DAY = 10_000;
const OPEN_SECONDS = 12 * 3_600;
const PEAK = 4;
const GIGABYTE = 1e9;

/** Works out from the figures of this run what a chain of 1,000 shops with 10,000 products each takes at its hub. */
export function onPaper(figures: Figures): Row[] {
  const of = (name: Parameters<Figures['get']>[0]) => figures.get(name) ?? Number.NaN;
  const events = SHOPS * EVENTS_A_DAY;
  const rate = events / OPEN_SECONDS;
  const notices = SKUS + 2 * SHOPS;
  const shares = SHOPS * SKUS;
  const gigabytes = (bytes: number) => `${decimals(bytes / GIGABYTE, 1)} GB`;
  const seconds = (us: number) => `${whole(us / 1e6)} s`;
  return [
    row(
      'shares, the largest table that does not grow',
      `${whole(shares)}, ${gigabytes(shares * of('shareBytes'))}`,
    ),
    row('events of shops a day', whole(events)),
    row(
      'of these on average while shops are open, and at the peak',
      `${whole(rate)} and ${whole(PEAK * rate)} a second`,
    ),
    row('the database of the hub grows a day by', gigabytes(events * of('entryBytes'))),
    row('and a year by', gigabytes(365 * events * of('entryBytes'))),
    row(
      'hub CPU for them on average, and at the peak',
      `${percent((rate * of('entryCpuUs')) / 1_000, 1)} and ${percent((PEAK * rate * of('entryCpuUs')) / 1_000, 1)}`,
    ),
    row('hub CPU for 1,000 idle links', percent(SHOPS * of('idleCpuMs'), 1)),
    row(
      'lines of all shops, at the peak',
      `${decimals((PEAK * rate * of('lineBytes') * 8) / 1e6, 1)} Mbit/s`,
    ),
    row(
      'lines of all shops, at night',
      `${decimals((SHOPS * of('idleBytes') * 8) / 1e6, 2)} Mbit/s`,
    ),
    row(
      'hub CPU until a new shop knows the catalogue',
      `${decimals((notices * of('toldCpuUs')) / 1e6, 2)} s`,
    ),
    row(
      'hub CPU to tell every shop of a change of every product',
      seconds(shares * of('toldCpuUs')),
    ),
    row(
      'verifying what came in a year',
      `${decimals((365 * events * of('verifyUs')) / 3.6e9, 1)} h`,
    ),
    row('hub CPU for all shops after a day offline', seconds(events * of('catchUpCpuUs'))),
    row(
      'hub CPU until all shops are in session after a start',
      seconds(SHOPS * of('linkCpuMs') * 1_000),
    ),
  ];
}
