import { decimals, whole } from '../table.ts';
import { type Figures, percent } from './cost.ts';

/** The chain that was not measured. */
const SHOPS = 1_000;
const SKUS = 10_000;
/** What a shop writes in a day, in 12 hours; in the busiest one of them four times as much as on average. */
const EVENTS_A_DAY = 10_000;
const OPEN_SECONDS = 12 * 3_600;
const PEAK = 4;

/** A line of what is worked out, and the measured figure that it comes from. */
export interface PaperRow {
  readonly what: string;
  readonly seen: string;
  readonly from: string;
}

/** Works out from the figures of one run what a chain of 1,000 shops with 10,000 products each takes at its hub. */
export function onPaper(figures: Figures): PaperRow[] {
  const of = (name: Parameters<Figures['get']>[0]) => figures.get(name) ?? Number.NaN;
  const events = SHOPS * EVENTS_A_DAY;
  const rate = events / OPEN_SECONDS;
  const peak = PEAK * rate;
  const shares = SHOPS * SKUS;
  const share = of('shareBytes');
  const entry = of('entryBytes');
  const entryUs = of('entryCpuUs');
  const line = of('lineBytes');
  const told = of('toldCpuUs');
  const bySize = `${whole(entry)} bytes of an event in the database of the hub`;
  const byEntry = `${whole(entryUs)} µs an entry, all links busy, 500 entries a second`;
  const byLine = `${whole(line)} bytes on the line an event, one by one`;
  const byNotice = `${whole(told)} µs an entry when new shops join`;
  return [
    paper('shares', `${whole(shares)} rows`, 'one for each product of each shop'),
    paper('the same', gigabytes(shares * share), `${whole(share)} bytes of a share`),
    paper('copies of events that come in a day', `${whole(events)} rows`, 'as said above'),
    paper('the same a second, on average and at the peak', `${whole(rate)}, ${whole(peak)}`, ''),
    paper('the database of the hub grows in a day by', gigabytes(events * entry), bySize),
    paper('in a year by', gigabytes(365 * events * entry), bySize),
    paper('hub CPU on average', percent(rate * entryUs, 1_000), byEntry),
    paper(
      'hub CPU at the peak',
      percent(peak * entryUs, 1_000),
      `${byEntry}; less, for more share a commit`,
    ),
    paper('hub CPU for idle links', percent(SHOPS * of('idleCpuMs'), 1), '1,000 idle links'),
    paper('lines of all shops at the peak', megabits(peak * line), byLine),
    paper(
      'lines of all shops at night',
      megabits(SHOPS * of('idleBytes')),
      'bytes a second of an idle link',
    ),
    paper(
      'hub CPU until a new shop knows everything',
      seconds((SKUS + 2 * SHOPS) * told),
      byNotice,
    ),
    paper('hub CPU to tell all of a change of every product', seconds(shares * told), byNotice),
    paper(
      'hub CPU for all shops after a day offline',
      seconds(events * of('catchUpCpuUs')),
      `${whole(of('catchUpCpuUs'))} µs an event of shops that were offline`,
    ),
    paper(
      'hub CPU for all sessions after a start',
      seconds(SHOPS * of('linkCpuMs') * 1_000),
      'start of a hub, less its own',
    ),
    paper(
      'verifying what came in a year',
      `${decimals((365 * events * of('verifyUs')) / 3.6e9, 1)} h`,
      `${decimals(of('verifyUs'), 1)} µs an event or a copy`,
    ),
  ];
}

function paper(what: string, seen: string, from: string): PaperRow {
  return { what, seen, from };
}

function gigabytes(bytes: number): string {
  return `${decimals(bytes / 1e9, 1)} GB`;
}

function megabits(bytesASecond: number): string {
  return `${decimals((8 * bytesASecond) / 1e6, 1)} Mbit/s`;
}

function seconds(us: number): string {
  return `${decimals(us / 1e6, 1)} s`;
}
