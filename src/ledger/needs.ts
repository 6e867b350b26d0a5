import type { Command } from '../domain/commands.ts';
import { unitsWanted } from '../domain/demand.ts';
import { BALANCE_MAX } from '../domain/limits.ts';
import { isLinkCommand } from '../domain/links/commands.ts';
import { type ShareKey, shareKey } from '../domain/links/share.ts';
import type { OpenLine } from '../domain/sourcing/sourcing.ts';
import { type LevelKey, levelKey } from '../domain/stock.ts';
import { openLinesOf } from './candidates.ts';
import type { Item, Work } from './ledger.ts';
import { addLinkNeeds } from './linkNeeds.ts';
import {
  type IdempotencyKey,
  idempotencyMapKey,
  type LevelNeed,
  type Needs,
  type Removal,
  type ShareName,
} from './store.ts';

/** What has to be locked and loaded to decide all of `works` in one commit. */
export function needsOf(works: readonly Work[]): Needs {
  const needs = new NeedsBuilder();
  for (const work of works) needs.addWork(work);
  return needs;
}

/** The one command that must have a commit to itself: it looks at rows that no lock of its commit covers. */
export function removalOf(work: Work): Removal | null {
  for (const { command } of work.items) {
    if (command.type === 'deleteProduct') return { product: command.sku };
    if (command.type === 'deleteLocation') return { location: command.location };
  }
  return null;
}

class NeedsBuilder implements Needs {
  readonly products = new Set<string>();
  readonly locations = new Set<string>();
  readonly changed = { products: new Set<string>(), locations: new Set<string>() };
  readonly removable = new Set<string>();
  readonly keys = new Map<string, IdempotencyKey>();
  readonly levels = new Map<LevelKey, LevelNeed>();
  readonly reservations = new Set<string>();
  readonly made = new Set<string>();
  readonly transfers = new Set<string>();
  transfersAt: string | null = null;
  readonly links = new Set<string>();
  readonly shares = new Map<ShareKey, ShareName>();
  readonly counted = new Set<LevelKey>();
  readonly spread = new Set<string>();
  removal: Removal | null = null;

  addWork(work: Work): void {
    if (work.key) this.#addKey(work.actor, work.key.key);
    for (const id of work.keptFor ?? []) this.reservations.add(id);
    for (const item of work.items) this.#addItem(work.actor, item);
    if (work.looksEverywhere) for (const { sku } of openLinesOf(work)) this.spread.add(sku);
    this.removal ??= removalOf(work);
  }

  #addItem(actor: string, { command, key }: Item): void {
    if (key) this.#addKey(actor, key.key);
    if (isLinkCommand(command)) {
      addLinkNeeds(this, command);
      return;
    }
    this.#addCommand(command);
    for (const { sku, location, quantity } of unitsWanted(command)) {
      this.addLevel(sku, location, quantity);
    }
  }

  #addKey(actor: string, key: string): void {
    const claimed = { actor, key };
    this.keys.set(idempotencyMapKey(claimed), claimed);
  }

  #addCommand(command: Command): void {
    switch (command.type) {
      case 'reserve':
        this.reservations.add(command.reservationId);
        this.made.add(command.reservationId);
        for (const { sku, location } of command.lines) this.#addPlace(sku, location);
        for (const line of command.sourcing?.lines ?? []) this.#addOpenLine(line);
        return;
      case 'confirm':
      case 'cancel':
      case 'extend':
      case 'fulfil':
      case 'expire':
      case 'redact':
        this.reservations.add(command.reservationId);
        return;
      case 'dispatch':
        this.transfers.add(command.transferId);
        this.locations.add(command.to);
        for (const { sku } of command.lines) {
          this.#addPlace(sku, command.from);
          // For a receipt in the same commit: it finds no transfer by whose lines its levels could be loaded.
          this.addLevel(sku, command.to, 0);
        }
        return;
      case 'receiveTransfer':
        this.transfers.add(command.transferId);
        for (const { sku } of command.lines ?? []) this.#addArrival(sku, command.to);
        return;
      case 'cancelTransfer':
        this.transfers.add(command.transferId);
        return;
      case 'putProduct':
      case 'deleteProduct':
        this.products.add(command.sku);
        this.changed.products.add(command.sku);
        return;
      case 'putLocation':
      case 'deleteLocation':
        this.locations.add(command.location);
        this.changed.locations.add(command.location);
        return;
      default:
        this.#addPlace(command.sku, command.location);
        // How much a count takes away, and whether it falls below what is promised, is known only when it is decided.
        this.addLevel(command.sku, command.location, command.type === 'count' ? BALANCE_MAX : 0);
        if (command.type === 'count') this.counted.add(levelKey(command.sku, command.location));
    }
  }

  /** Any candidate may be asked for all of it. */
  #addOpenLine({ sku, quantity, from, candidates = [] }: OpenLine): void {
    this.products.add(sku);
    if (from !== 'any') for (const location of from) this.locations.add(location);
    for (const { location, peers = [] } of candidates) {
      this.locations.add(location);
      this.addLevel(sku, location, quantity);
      for (const peer of peers) {
        this.shares.set(shareKey(peer, sku, location), { peer, sku, location });
      }
    }
  }

  /** Of goods that nobody is known to have sent the transfer, if there is one, names no level. */
  #addArrival(sku: string, to: string | undefined): void {
    if (to === undefined) return;
    this.#addPlace(sku, to);
    this.addLevel(sku, to, 0);
  }

  #addPlace(sku: string, location: string): void {
    this.products.add(sku);
    this.locations.add(location);
  }

  addLevel(sku: string, location: string, wanted: number): void {
    const key = levelKey(sku, location);
    const known = this.levels.get(key);
    if (known && wanted === 0) return;
    const sum = Math.min(wanted + (known?.wanted ?? 0), BALANCE_MAX);
    this.levels.set(key, { sku, location, wanted: sum });
  }
}
