import type { DatabaseSync } from 'node:sqlite';
import { CatalogueWriter } from './catalogue.ts';
import { DemandWriter } from './demand.ts';
import { EventWriter } from './events.ts';
import { FreezeReader } from './freeze.ts';
import { HeadWriter } from './head.ts';
import { HoldWriter } from './holds.ts';
import { KeyWriter } from './keys.ts';
import { LevelWriter } from './levels.ts';
import { LinkWriter } from './links.ts';
import { MirrorWriter } from './mirror.ts';
import { ReservationWriter } from './reservations.ts';
import { ShareWriter } from './shares.ts';
import { TransferWriter } from './transfers.ts';

/** The prepared statements of one writing connection, by what they are about. */
export interface Tables {
  readonly freeze: FreezeReader;
  readonly head: HeadWriter;
  readonly catalogue: CatalogueWriter;
  readonly keys: KeyWriter;
  readonly levels: LevelWriter;
  readonly reservations: ReservationWriter;
  readonly holds: HoldWriter;
  readonly transfers: TransferWriter;
  readonly events: EventWriter;
  readonly demand: DemandWriter;
  readonly links: LinkWriter;
  readonly shares: ShareWriter;
  readonly mirror: MirrorWriter;
}

export function prepareTables(db: DatabaseSync): Tables {
  return {
    freeze: new FreezeReader(db),
    head: new HeadWriter(db),
    catalogue: new CatalogueWriter(db),
    keys: new KeyWriter(db),
    levels: new LevelWriter(db),
    reservations: new ReservationWriter(db),
    holds: new HoldWriter(db),
    transfers: new TransferWriter(db),
    events: new EventWriter(db),
    demand: new DemandWriter(db),
    links: new LinkWriter(db),
    shares: new ShareWriter(db),
    mirror: new MirrorWriter(db),
  };
}
