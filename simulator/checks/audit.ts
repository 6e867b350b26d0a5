import type { EventType, LoggedEvent, Movement } from '../../src/domain/events.ts';
import { isMovement } from '../../src/domain/events.ts';
import type { Balances } from '../../src/domain/stock.ts';
import type { Disk } from '../nodes/disk.ts';
import type { Requests } from '../world/requests.ts';
import { FollowedLog } from './followedLog.ts';
import { GrantBook } from './grantBook.ts';
import { HoldTimes, type TrueTime } from './holdTimes.ts';
import { PlannedMoves } from './planned.ts';
import { check } from './violation.ts';

/** What promises units that were not promised before. */
const PROMISES = new Set<EventType>(['reserve', 'grant', 'dispatch']);

/** What may leave a shortfall, and has to say so. */
const SHORTFALLS = new Set<EventType>(['count', 'sell', 'adjust']);

/** What goods come from and go to outside of the chain. */
const OUTSIDE = new Set<string>(['supplier', 'customer', 'shrinkage']);

/** Follows the logs of all nodes, and checks what each event must not do. */
export class Audit {
  readonly grants = new GrantBook();
  readonly planned: PlannedMoves;
  readonly #requests: Requests;
  readonly #copies: FollowedLog[] = [];
  readonly #logs = new Map<string, FollowedLog>();
  /** How often the log of a node has what a request brought about. */
  readonly #caused = new Map<string, number>();
  /** Nodes that have lost a part of their log, or met a copy of themselves: only a reconciliation makes their books whole. */
  readonly disturbed = new Set<string>();
  /** Locations of nodes that were given up: what is still in their books is written off in those of the hub. */
  readonly abandoned = new Set<string>();
  /** Nodes and locations where a database that was replaced has to be fenced before anything is promised. */
  readonly #unproven = new Set<string>();
  readonly #holdTimes: HoldTimes;

  constructor(requests: Requests, time: TrueTime) {
    this.#requests = requests;
    this.#holdTimes = new HoldTimes(time);
    this.planned = new PlannedMoves((node) => time.unheardMs(node));
  }

  follow(node: string, disk: Disk): void {
    this.#logs.set(node, new FollowedLog(node, disk));
  }

  /** Follows the log of a copy of a node: what it passes on may arrive. */
  followCopy(node: string, disk: Disk): void {
    this.disturbed.add(node);
    const log = new FollowedLog(node, disk);
    log.reset();
    this.#copies.push(log);
  }

  /** @returns whether any log has grown */
  look(): boolean {
    let hasGrown = false;
    for (const copy of this.#copies) {
      copy.read((event) => {
        const isGrant = event.type === 'grant' && isMovement(event);
        if (isGrant) this.grants.grantedByCopy(copy.node, event);
      });
    }
    for (const log of this.#logs.values()) {
      if (!log.hasNews) continue;
      hasGrown = true;
      log.read((event, before) => this.#checkEvent(log, event, before));
    }
    return hasGrown;
  }

  /** A node goes on from another state of its database. @returns how many events both have in common */
  restored(node: string, before: readonly LoggedEvent[], after: readonly LoggedEvent[]): number {
    const differs = before.findIndex((event, index) => event !== after[index]);
    const common = differs < 0 ? before.length : differs;
    const lost = before.slice(common);
    const regained = after.slice(common);
    this.disturbed.add(node);
    this.grants.lost(node, lost);
    this.grants.regained(node, regained);
    for (const event of lost) this.#addCause(node, event, -1);
    for (const event of regained) this.#addCause(node, event, 1);
    this.#logs.get(node)?.reset();
    return common;
  }

  /** The node can tell that its database was replaced, and must not promise anything there. */
  mustBeFenced(node: string, location: string): void {
    if (!this.#logs.get(node)?.isFenced(location)) this.#unproven.add(`${node}\u0000${location}`);
  }

  /** Units of the level that all nodes own, and those between them. */
  truth(sku: string, location: string): number {
    let units = this.grants.inFlight(sku, location);
    for (const log of this.#logs.values()) units += log.onHand(sku, location);
    return units;
  }

  /** Units of the level that any node may still promise. */
  available(sku: string, location: string): number {
    let units = 0;
    for (const log of this.#logs.values()) units += log.available(sku, location);
    return units;
  }

  /** Units of the level that are known to be missing. */
  shortfall(sku: string, location: string): number {
    let units = 0;
    for (const log of this.#logs.values()) units += Math.max(-log.available(sku, location), 0);
    return units;
  }

  #checkEvent(log: FollowedLog, event: LoggedEvent, before: Balances): void {
    const { node } = log;
    this.#holdTimes.take(node, event);
    this.planned.take(node, event);
    if (event.type === 'node_fenced') this.#unproven.delete(`${node}\u0000${event.location}`);
    if (!isMovement(event)) return;
    if (event.type === 'grant') this.grants.granted(node, event);
    if (event.type === 'accept') this.grants.accepted(node, event);
    checkShortfall(node, event, before);
    this.#checkFence(log, event);
    if (OUTSIDE.has(event.from) || OUTSIDE.has(event.to)) this.#checkCause(node, event);
    else this.#addCause(node, event, 1);
    if (event.type === 'count') this.#checkCount(log, event);
  }

  /** A node that may not be what it seems promises nothing; goods that are gone are booked all the same. */
  #checkFence(log: FollowedLog, event: LoggedEvent & Movement): void {
    const { type, location, details, position, requestId } = event;
    const isUnproven = this.#unproven.has(`${log.node}\u0000${location}`);
    const mustNot = log.isFenced(location) || isUnproven;
    if (!mustNot || details?.replayOf !== undefined) return;
    const command = this.#requests.all.get(requestId)?.command;
    const isGone = command?.type === 'sell' && command.allowShortfall === true;
    const isSale = type === 'sell' && !isGone;
    check(
      !PROMISES.has(type) && !isSale,
      () =>
        `${log.node}: a ${type} at position ${position}, while ${location} is fenced, or has to be`,
    );
  }

  /** Goods enter and leave the chain only because somebody has asked for it, and once for each time. */
  #checkCause(node: string, event: LoggedEvent & Movement): void {
    const { type, requestId, details, position } = event;
    if (details?.replayOf !== undefined || type === 'write_off') return;
    const request = this.#requests.all.get(requestId);
    const asked = request?.command.type;
    const isDifference = type === 'discrepancy' && asked === 'receiveTransfer';
    check(
      (asked === type || isDifference) && request?.site.node === node,
      () => `${node}: nobody has asked for the ${type} at position ${position}`,
    );
    const times = this.#addCause(node, event, 1);
    check(times === 1, () => `${node}: ${requestId}, a ${type}, was done ${times} times`);
  }

  /** @returns how often this request has done this to the level */
  #addCause(node: string, event: LoggedEvent, change: 1 | -1): number {
    const { requestId, type } = event;
    this.#change(causeKey(node, requestId, type), change);
    return this.#change(levelCauseKey(node, event), change);
  }

  #change(key: string, change: 1 | -1): number {
    const times = Math.max((this.#caused.get(key) ?? 0) + change, 0);
    this.#caused.set(key, times);
    return times;
  }

  /** How many events of a type a request has caused in the log of the node. */
  timesCaused(node: string, requestId: string, type: EventType): number {
    return this.#caused.get(causeKey(node, requestId, type)) ?? 0;
  }

  /** However old the pictures are that nodes have of each other, a count makes the books say what lies on the shelf. */
  #checkCount(log: FollowedLog, event: LoggedEvent & Movement): void {
    const command = this.#requests.all.get(event.requestId)?.command;
    if (command?.type !== 'count' || this.disturbed.size > 0) return;
    const { sku, location, quantity, to } = event;
    if (this.abandoned.has(location)) return;
    const change = to === 'available' ? quantity : -quantity;
    const truth = this.truth(sku, location) + change;
    check(
      truth === command.quantity,
      () =>
        `${log.node}: ${command.quantity} of ${sku} at ${location} were counted, and the books of all nodes say ${truth}`,
    );
  }
}

function causeKey(node: string, requestId: string, type: EventType): string {
  return [node, requestId, type].join('\u0000');
}

function levelCauseKey(node: string, { requestId, type, sku, location }: LoggedEvent): string {
  return [node, requestId, type, sku, location].join('\u0000');
}

function checkShortfall(node: string, event: LoggedEvent & Movement, before: Balances): void {
  const { balances, type, details, position } = event;
  if (balances.available >= 0 || balances.available >= before.available) return;
  const isSaid = SHORTFALLS.has(type) && details?.shortfall === -balances.available;
  const isReplay = details?.replayOf !== undefined;
  check(
    isSaid || isReplay,
    () => `${node}: available is ${balances.available} after the ${type} at position ${position}`,
  );
}
