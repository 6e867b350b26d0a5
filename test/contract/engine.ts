import { afterEach, beforeEach } from 'vitest';
import type { Clock } from '../../src/ledger/ports.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { ManualClock } from '../support/contractClock.ts';

/** A storage engine, as its contract suite needs it. */
export interface Engine {
  readonly name: string;
  /** Whether it takes the time from the clock that it is given; one that several servers share has its own. */
  readonly usesGivenClock: boolean;
  /** Whether several storages may be open on one database at the same time. */
  readonly sharesDatabase: boolean;
  /** Makes a new, empty database. */
  create(options: DatabaseOptions): Promise<TestDatabase>;
}

export interface DatabaseOptions {
  readonly node: string;
  readonly clock: Clock;
}

export interface TestDatabase {
  /** Opens the database; again after it was closed. */
  open(): Promise<Storage>;
  /** Removes it, closed or not. */
  remove(): Promise<void>;
}

/** The database of the test that runs. */
export interface Fixture {
  readonly clock: ManualClock;
  readonly storage: Storage;
  /** Closes the database and opens it again. */
  reopen(): Promise<Storage>;
}

/** Gives each test of the surrounding `describe` a new database. */
export function useDatabase(engine: Engine): Fixture {
  const fixture = new OpenFixture(engine);
  beforeEach(() => fixture.begin());
  afterEach(() => fixture.end());
  return fixture;
}

class OpenFixture implements Fixture {
  readonly #engine: Engine;
  clock = new ManualClock();
  #database: TestDatabase | undefined;
  #storage: Storage | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get storage(): Storage {
    if (this.#storage === undefined) throw new Error('a storage is open while a test runs');
    return this.#storage;
  }

  async begin(): Promise<void> {
    this.clock = new ManualClock();
    this.#database = await this.#engine.create({ node: 'leeds', clock: this.clock });
    this.#storage = await this.#database.open();
  }

  async reopen(): Promise<Storage> {
    await this.#storage?.close();
    this.#storage = await this.#database?.open();
    return this.storage;
  }

  async end(): Promise<void> {
    await this.#storage?.close();
    await this.#database?.remove();
    this.#storage = undefined;
    this.#database = undefined;
  }
}
