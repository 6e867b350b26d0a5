import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Command } from '../../src/domain/commands.ts';
import {
  OutcomeUnknownError,
  OverloadedError,
  StoreUnavailableError,
} from '../../src/ledger/errors.ts';
import type { Item, Work } from '../../src/ledger/ledger.ts';
import { rebuildBooks } from '../../src/ledger/rebuild.ts';
import { verifyBooks } from '../../src/ledger/verify.ts';
import { anySteps } from '../support/anyWork.ts';
import { move, product, shop } from '../support/contractRows.ts';
import { Gate, STATEMENTS } from '../support/postgres/gate.ts';
import { deadlocksOf } from '../support/postgres/lockWaits.ts';
import { createTestDatabase, type PostgresDatabase } from '../support/postgres/testDatabase.ts';
import { PostgresTestServer } from '../support/postgresLedger.ts';
import { seededRandom } from '../support/virtualTime.ts';

const SERVERS = 4;
const CLIENTS = 12;
const WORKS_PER_CLIENT = 150;
/** How many of the newest reservations and transfers the clients have in mind. */
const FAMILIAR = 8;
/** Of works that were done: however slow the machine is, a commit meets no more cuts. */
const CUT_EVERY = 15;
const SEED = 20261120;

const skus = ['apple', 'pear'] as const;
const places = ['north', 'south'] as const;
const { fraction } = seededRandom(SEED);

let database: PostgresDatabase;
let gates: readonly Gate[];
let servers: readonly PostgresTestServer[];
beforeEach(async () => {
  database = await createTestDatabase();
  gates = await Promise.all(Array.from({ length: SERVERS }, () => Gate.before(database.url)));
  servers = await Promise.all(gates.map(({ url }) => PostgresTestServer.open(url)));
  for (const sku of skus) await oneOf(servers).run(product(sku));
  for (const place of places) await oneOf(servers).run(shop(place));
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  expect(await deadlocksOf(database.url)).toBe(0);
  for (const gate of gates) gate.close();
  await database.drop();
});

function oneOf<T>(choices: readonly T[]): T {
  const chosen = choices[Math.floor(fraction() * choices.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

/** Works of every kind, about few things, so that the clients meet in them all the time. */
class Works {
  readonly #steps = fc.sample(anySteps, { numRuns: CLIENTS * 10, seed: SEED });
  readonly #commands = this.#steps
    .flat()
    .flatMap((step) => ('work' in step ? step.work : []))
    .flatMap((item) => ('command' in item ? [item.command] : []));
  #transfers = 0;
  #reservations = FAMILIAR;
  #keys = 0;

  next(): Work {
    const items = Array.from({ length: 1 + Math.floor(fraction() * 4) }, () => this.#item());
    const removal = items.find(({ command: { type } }) => type === 'deleteProduct');
    const atomic = fraction() < 0.2;
    return { actor: 'ann', requestId: 'q', atomic, items: removal ? [removal] : items };
  }

  #item(): Item {
    const command = this.#about(this.#command());
    if (fraction() < 0.6) return { command };
    if (fraction() < 0.9) this.#keys += 1;
    return { command, key: { key: `${this.#keys}`, fingerprint: command.type } };
  }

  #command(): Command {
    if (fraction() < 0.1) return product(oneOf(skus), oneOf(['One', 'Other']));
    if (fraction() < 0.3) return move('receive', oneOf(skus), oneOf(places), 10);
    return oneOf(this.#commands);
  }

  #about(command: Command): Command {
    if (command.type === 'dispatch') {
      this.#transfers += 1;
      return { ...command, transferId: `t${this.#transfers}` };
    }
    if ('transferId' in command) {
      return { ...command, transferId: `t${this.#familiar(this.#transfers)}` };
    }
    if (!('reservationId' in command)) return command;
    if (command.type === 'reserve' && fraction() < 0.3) this.#reservations += 1;
    return { ...command, reservationId: `r${this.#familiar(this.#reservations)}` };
  }

  #familiar(newest: number): number {
    return Math.max(1, newest - Math.floor(fraction() * FAMILIAR));
  }
}

/** Whoever is turned away for there is too much to do comes again. @returns whether the work was done, as far as is known */
async function isDone(work: Work, { ledger }: PostgresTestServer): Promise<boolean> {
  for (;;) {
    try {
      await ledger.submit(work);
      return true;
    } catch (error) {
      if (error instanceof OverloadedError) await sleep(error.retryAfterMs);
      else if (error instanceof OutcomeUnknownError || error instanceof StoreUnavailableError)
        return false;
      else throw error;
    }
  }
}

/** All clients do their works. @param onDone told how many are done @returns how many were done */
async function doAll(onDone: (done: number) => void = () => {}): Promise<number> {
  const works = new Works();
  let done = 0;
  const client = async (): Promise<void> => {
    for (let n = 0; n < WORKS_PER_CLIENT; n++) {
      const server = oneOf(servers);
      const { ledger, storage } = server;
      if (await isDone(works.next(), server)) {
        done += 1;
        onDone(done);
      }
      if (fraction() < 0.05) await ledger.settleTime(await ledger.now());
      if (fraction() < 0.02) await storage.ledger.pruneKeys(await ledger.now(), 20);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return done;
}

/** The books are in order, and the log alone makes the same of them. */
async function expectSoundBooks(): Promise<void> {
  const { books } = oneOf(servers).storage;
  expect((await verifyBooks(books)).findings).toEqual([]);
  await rebuildBooks(books);
  expect((await verifyBooks(books)).findings).toEqual([]);
}

it('several servers do any works at once without a deadlock, and their books are in order', async () => {
  expect(await doAll()).toBe(CLIENTS * WORKS_PER_CLIENT);
  expect(servers.flatMap(({ figures }) => figures.failures)).toEqual([]);
  await expectSoundBooks();
}, 180_000);

it('so they do while their connections are cut at any moment', async () => {
  const done = await doAll((count) => {
    if (count % CUT_EVERY === 0) cutSoon();
  });
  for (const gate of gates) gate.always([]);
  expect(done).toBeGreaterThan(CLIENTS * WORKS_PER_CLIENT * 0.9);
  await expectSoundBooks();
}, 180_000);

/** The next time that a server says something of the kind, it is cut off. */
function cutSoon(): void {
  const statements = Object.values(STATEMENTS);
  const verdicts = ['cutBefore', 'cutAfterForwarding'] as const;
  const cut = [oneOf(statements), oneOf(verdicts)] as const;
  const fence = [STATEMENTS.fence, oneOf(verdicts)] as const;
  void oneOf(gates).inTurn(cut, ...(fraction() < 0.3 ? [fence] : []));
}
