import type { Readable, Writable } from 'node:stream';
import type { Config } from '../config/settings.ts';
import type { Environment } from '../config.ts';
import type { LoggedEvent } from '../domain/events.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Clock } from '../ledger/ports.ts';
import type { Storage } from '../storage/storage.ts';
import type { ExitCode } from './exitCodes.ts';

/** What the commands work with; `main.ts` fills it in. */
export interface Tools {
  readonly env: Environment;
  readonly in: Readable & { readonly isTTY?: boolean };
  /** For people and for results. */
  readonly out: Output;
  /** For messages about what goes wrong, and for progress. */
  readonly err: Output;

  /**
   * Opens the database of the settings, makes it where it is missing, and brings it to this version.
   * @throws {CommandError} when it cannot be opened: the message is meant for the user
   */
  openStorage(config: Config, options?: OpenOptions): Promise<Storage>;

  /** The write side on an open database; close it before the database. */
  openLedger(storage: Storage, config: Config): Ledger;

  /**
   * Removes everything from the database of the settings.
   * @throws {CommandError} when anybody else has it open
   */
  resetDatabase(config: Config): Promise<void>;

  /**
   * Serves until it is told to stop, and then finishes what was accepted.
   * @throws {CommandError} when it cannot listen, or did not finish in time
   */
  serve(config: Config, hooks: ServeHooks): Promise<void>;

  /** An event as the API shows it: plain JSON. */
  eventJson(event: LoggedEvent, node: string): EventJson;

  /** With what code the process ends, unless a command fails. */
  endWith(code: ExitCode): void;
}

export type EventJson = { readonly [field: string]: unknown };

export interface OpenOptions {
  /** Drives the log's time; the machine's clock if left out. */
  readonly clock?: Clock;
  /** To look at a database that is not there, because its name was mistyped, would make an empty one. */
  readonly mustExist?: boolean;
  /** Opens also what an earlier restore has left unfinished; nobody else is shown that. */
  readonly forRestore?: boolean;
}

export interface ServeHooks {
  /** Called on the open database before anybody is listened to. */
  prepare?(storage: Storage, ledger: Ledger): Promise<void>;
  /** Called when the server answers; `url` is such as `http://127.0.0.1:8080`. */
  ready(url: string, storage: Storage): Promise<void>;
  /** Where it is given, the server also stops when this is settled. */
  readonly until?: Promise<unknown>;
}

export type Output = Writable & { readonly isTTY?: boolean };
