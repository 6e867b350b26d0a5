import { randomUUID } from 'node:crypto';
import type { FlagValues } from '../../config.ts';
import type { LinkCommand } from '../../domain/links/commands.ts';
import type { Link, LinkChange } from '../../domain/links/link.ts';
import { REFUSALS } from '../../domain/refusalMeanings.ts';
import type { Refusal } from '../../domain/refusals.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { findLink, LinkRefusedError, submitLink } from '../../nodes/linkCommands.ts';
import type { Storage } from '../../storage/storage.ts';
import { withKnownStorage, withLedger } from '../common.ts';
import { CommandError } from '../exitCodes.ts';
import type { Tools } from '../tools.ts';

/** In whose name these commands are logged. */
const ACTOR = 'nodes';

/** Handshakes that may come between reading a link and changing it. */
const SESSIONS_MET_MAX = 10;

/** What the commands of nodes work with: an open database, and its ledger, through which they change anything. */
export class Desk {
  readonly #ledger: Ledger;
  readonly storage: Storage;

  constructor(storage: Storage, ledger: Ledger) {
    this.storage = storage;
    this.#ledger = ledger;
  }

  /** @throws {LinkRefusedError} */
  submit(command: LinkCommand): Promise<Link | null> {
    return submitLink({ ledger: this.#ledger, newId: randomUUID }, ACTOR, command);
  }

  /** @throws {CommandError} where there is no such link */
  async link(peer: string): Promise<Link> {
    const { queries, node } = this.storage;
    const link = await findLink({ store: queries }, peer);
    if (link !== undefined) return link;
    const known = (await queries.links()).map((one) => one.peer);
    const others = known.length === 0 ? 'it has no links' : `it has links to ${known.join(', ')}`;
    throw new CommandError(`${node} has no link to a node ${peer}; ${others}`);
  }

  /**
   * Changes the link as it stands, also while its node connects anew.
   * @param change what to change, given the link
   */
  async update(peer: string, change: (link: Link) => LinkChange): Promise<Link> {
    for (let met = 0; ; met += 1) {
      const link = await this.link(peer);
      try {
        const { session } = link;
        const command = { type: 'updateLink', peer, session, change: change(link) } as const;
        return (await this.submit(command)) ?? link;
      } catch (error) {
        const isClosed = codeOf(error) === 'session_closed';
        if (!isClosed || met === SESSIONS_MET_MAX) throw error;
      }
    }
  }
}

/** Runs `work` at the database of the settings. @throws {CommandError} where the ledger turns it down */
export function atDesk(
  tools: Tools,
  flags: FlagValues,
  work: (desk: Desk) => Promise<void>,
): Promise<void> {
  return withKnownStorage(tools, flags, (storage, config) =>
    withLedger(tools, storage, config, async (ledger) => {
      try {
        await work(new Desk(storage, ledger));
      } catch (error) {
        throw error instanceof LinkRefusedError ? explained(error.refusal) : error;
      }
    }),
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof LinkRefusedError ? error.refusal.code : undefined;
}

function explained(refusal: Refusal): CommandError {
  return new CommandError(`${REFUSALS[refusal.code].rule} Nothing was done.`);
}
