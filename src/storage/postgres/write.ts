import { invariant } from '../../domain/invariant.ts';
import type { Stamp } from '../../domain/stamp.ts';
import { type Level, type LevelKey, levelKey } from '../../domain/stock.ts';
import type { KeyRecord, LostDemand, Writes } from '../../ledger/store.ts';
import { numbers, texts } from './arrays.ts';
import { type Custody, custodyChange } from './custody.ts';
import { addCatalogue } from './writeCatalogue.ts';
import { addEvents } from './writeEvents.ts';
import { addLevels } from './writeLevels.ts';
import { addLinks } from './writeLinks.ts';
import { addReservations } from './writeReservations.ts';
import { type PartText, WriteStatement } from './writeStatement.ts';
import { addTransfers } from './writeTransfers.ts';

const MINUTE_MS = 60_000;

/** A level as it is thought to be. */
export interface GuessedLevel {
  readonly id: number;
  readonly level: Level;
}

export interface WriteOrder {
  readonly writes: Writes;
  /** Under which the transaction can be asked for later; a UUID. */
  readonly commitId: string;
  /** When it was decided; it is given this time, or a later one where the log has come further. */
  readonly now: number;
  /** As it was when it was decided; nothing is written if it has changed. */
  readonly custody: Custody;
  /** Numbers of all levels that the commit has to do with, new ones included. */
  readonly levelIds: ReadonlyMap<LevelKey, number>;
  /** Levels on which it was decided without their locks: unless they are like that and free, nothing is written. */
  readonly guessed?: readonly GuessedLevel[];
}

/**
 * The one statement that writes a commit. It begins with the head of the log: the last lock, under which positions and
 * time are given. Nothing that follows waits for anybody, for whoever writes holds that lock; so a row that is there
 * already was committed, and ends the commit with a conflict.
 */
export function writeStatement(order: WriteOrder): WriteStatement<Stamp> {
  const { writes, commitId, custody, levelIds, guessed = [] } = order;
  const idOf = (sku: string, location: string): number => {
    const id = levelIds.get(levelKey(sku, location));
    invariant(id !== undefined, () => `the level ${sku} at ${location} is not part of this commit`);
    return id;
  };
  const levelId = (of: { readonly sku: string; readonly location: string }) =>
    idOf(of.sku, of.location);
  const write = new WriteStatement<Stamp>('SELECT last + 1 AS "firstPosition", time FROM head');
  if (guessed.length > 0) write.add('guessed', lockGuessed(guessed));
  write.add('head', head(order));
  addEvents(write, writes.events, levelId);
  addLevels(write, writes.levels.values(), levelId);
  addReservations(write, writes.reservations.values(), idOf);
  addTransfers(write, writes.transfers.values());
  addCatalogue(write, writes);
  addLinks(write, writes, custody);
  if (writes.keys.length > 0) write.add('new_keys', keys(writes.keys));
  if (writes.lostDemand.length > 0) write.add('lost_demand', lostDemand(writes.lostDemand));
  write.add('log_time', logTime);
  write.add('commit_id', commitRow(commitId));
  return write;
}

/**
 * How long a commit waits for the log head. Everybody comes here in turn, so a wait says little about who holds it; but
 * two of them are as long as a holder may be silent before it is ended.
 */
const HEAD_WAIT_MS_MAX = 750;

/**
 * The limit is set where the row is found, and so before its lock is waited for; a statement for it would cost more.
 * Whatever its conditions are, they are looked at again when the row has changed during the wait. Guessed levels must
 * all have turned out to be as they were thought to be.
 */
function head({ writes, now, custody, guessed = [] }: WriteOrder): PartText {
  return (parameter) => {
    const count = parameter(writes.events.length, 'bigint');
    const change = parameter(custodyChange(writes), 'bigint');
    const ifRight =
      guessed.length > 0
        ? `AND (SELECT count(*) FROM guessed) = ${parameter(guessed.length, 'bigint')}`
        : '';
    return `
      UPDATE log_head
      SET position = position + ${count}, time = greatest(time, ${parameter(now, 'bigint')}),
        custody = custody + ${change}
      WHERE id = 1 AND custody = ${parameter(custody, 'bigint')} ${ifRight}
        AND set_config('lock_timeout', '${HEAD_WAIT_MS_MAX}', true) IS NOT NULL
      RETURNING position - ${count} AS last, position, time, refuse_frozen(frozen)`;
  };
}

/**
 * Levels come before the head of the log here, too; and whoever does not know that they are free must not wait. The
 * version would be enough, if nobody ever mended a level by another way than a commit.
 */
function lockGuessed(guessed: readonly GuessedLevel[]): PartText {
  const levels = guessed.map(({ level }) => level);
  return (parameter) => `
    SELECT levels.id FROM unnest(
      ${parameter(numbers(guessed.map(({ id }) => id)), 'bigint[]')},
      ${parameter(numbers(levels.map(({ version }) => version)), 'bigint[]')},
      ${parameter(numbers(levels.map(({ available }) => available)), 'bigint[]')},
      ${parameter(numbers(levels.map(({ reserved }) => reserved)), 'bigint[]')},
      ${parameter(numbers(levels.map(({ committed }) => committed)), 'bigint[]')},
      ${parameter(numbers(levels.map(({ unavailable }) => unavailable)), 'bigint[]')}
    ) AS seen (id, version, available, reserved, committed, unavailable)
      JOIN levels ON levels.id = seen.id
    WHERE (levels.version, levels.available, levels.reserved, levels.committed, levels.unavailable)
      = (seen.version, seen.available, seen.reserved, seen.committed, seen.unavailable)
    FOR NO KEY UPDATE OF levels SKIP LOCKED`;
}

function keys(records: readonly KeyRecord[]): PartText {
  return (parameter) => `
    INSERT INTO idempotency_keys (actor, key, fingerprint, outcome, first_position, time)
    SELECT kept.*, head.last + 1, head.time FROM head, unnest(
      ${parameter(texts(records.map(({ actor }) => actor)), 'text[]')},
      ${parameter(texts(records.map(({ key }) => key)), 'text[]')},
      ${parameter(texts(records.map(({ fingerprint }) => fingerprint)), 'text[]')},
      ${parameter(texts(records.map(({ outcome }) => JSON.stringify(outcome))), 'text[]')}
    ) AS kept`;
}

/** All that was turned away in one minute is one row per level. */
function lostDemand(lost: readonly LostDemand[]): PartText {
  return (parameter) => `
    INSERT INTO demand (minute, sku, location, requests, units)
    SELECT head.time - head.time % ${MINUTE_MS}, lost.* FROM head, unnest(
      ${parameter(texts(lost.map(({ sku }) => sku)), 'text[]')},
      ${parameter(texts(lost.map(({ location }) => location)), 'text[]')},
      ${parameter(numbers(lost.map(({ requests }) => requests)), 'bigint[]')},
      ${parameter(numbers(lost.map(({ units }) => units)), 'bigint[]')}
    ) AS lost
    ON CONFLICT (minute, sku, location) DO UPDATE
    SET requests = demand.requests + excluded.requests,
      units = least(demand.units + excluded.units, ${Number.MAX_SAFE_INTEGER})`;
}

const logTime: PartText = () => `
  INSERT INTO log_times (time, position) SELECT time, position FROM head
  ON CONFLICT (time) DO UPDATE SET position = excluded.position`;

function commitRow(commitId: string): PartText {
  return (parameter) => `
    INSERT INTO commits (id, first_position, time)
    SELECT ${parameter(commitId, 'uuid')}, last + 1, time FROM head`;
}
