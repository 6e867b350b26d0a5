import { describe } from 'vitest';
import { describeArchive } from './archive.ts';
import { describeBooks } from './books.ts';
import { describeChainRemovals } from './chainRemovals.ts';
import { describeCommits } from './commits.ts';
import type { Engine } from './engine.ts';
import { describeHolds } from './holds.ts';
import { describeKeys } from './keys.ts';
import { describeLinkRows, describeShares } from './links.ts';
import { describeListQueries } from './listQueries.ts';
import { describeLog } from './log.ts';
import { describeMirror } from './mirrors.ts';
import { describeMovesAtRest } from './movesAtRest.ts';
import {
  describeForeignRows,
  describeIncarnation,
  describeLinkedBooks,
  describeNoticesOfLevels,
} from './otherNodes.ts';
import { describeRemovals } from './removals.ts';
import { describeSharing } from './sharing.ts';
import { describeSpread } from './spread.ts';
import { describeStockQueries } from './stockQueries.ts';
import { describeTime } from './time.ts';
import { describeTransfers } from './transfers.ts';
import { describeValues } from './values.ts';

/** What every storage engine must do, whatever it is made of. */
export function describeStorage(engine: Engine): void {
  describe(`storage on ${engine.name}`, () => {
    describeCommits(engine);
    describeValues(engine);
    describeTime(engine);
    describeHolds(engine);
    describeKeys(engine);
    describeRemovals(engine);
    describeSpread(engine);
    describeLog(engine);
    describeStockQueries(engine);
    describeListQueries(engine);
    describeLinkRows(engine);
    describeShares(engine);
    describeMirror(engine);
    describeForeignRows(engine);
    describeNoticesOfLevels(engine);
    describeIncarnation(engine);
    describeLinkedBooks(engine);
    describeMovesAtRest(engine);
    describeChainRemovals(engine);
    describeBooks(engine);
    describeArchive(engine);
    describeSharing(engine);
    describeTransfers(engine);
  });
}
