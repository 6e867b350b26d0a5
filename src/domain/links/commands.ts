import type { LoggedEvent } from '../events.ts';
import type { Ends } from './atRest.ts';
import type { LinkChange, NewLink } from './link.ts';

/**
 * What a node asks of its own ledger on behalf of its links. They go through the commit queue like everything else, so
 * what they change and what it follows from are one transaction. Never asked by a client.
 */
export type LinkCommand =
  | AddLinkCommand
  | UpdateLinkCommand
  | ApplyEntriesCommand
  | ShareOutCommand
  | BalanceCommand
  | AskCommand
  | AskCancelCommand
  | RetireNodeCommand
  | WriteOffCommand
  | ReplayEntriesCommand
  | RewindCommand;

export type LinkCommandType = LinkCommand['type'];

const LINK_COMMAND_TYPES = [
  'addLink',
  'updateLink',
  'applyEntries',
  'shareOut',
  'balance',
  'ask',
  'askCancel',
  'retireNode',
  'writeOff',
  'replayEntries',
  'rewind',
] as const satisfies readonly LinkCommandType[];

/** At the hub: enrols a shop's node for a location. At the shop: joins its hub. */
export interface AddLinkCommand {
  readonly type: 'addLink';
  readonly link: NewLink;
}

/** Changes what the handshake, an acknowledgement or an operator changes, unless another session has begun. */
export interface UpdateLinkCommand {
  readonly type: 'updateLink';
  readonly peer: string;
  /** The session that the change was worked out in. */
  readonly session: number;
  readonly change: LinkChange;
}

/** Applies entries of the peer's log and moves the cursor from `after` to `through`, all at once or not at all. */
export interface ApplyEntriesCommand {
  readonly type: 'applyEntries';
  readonly peer: string;
  /** Of the link. */
  readonly location: string;
  readonly session: number;
  readonly after: number;
  /** The peer has said everything up to here; what is not among `entries` does not concern this node. */
  readonly through: number;
  /** Chained digest up to `through`. */
  readonly digest: string;
  readonly entries: readonly LoggedEvent[];
}

export interface LevelName {
  readonly sku: string;
  readonly location: string;
}

/** Passes on what this log, from `after` to `through`, gives reason to: units by the policy, and what was sold. */
export interface ShareOutCommand {
  readonly type: 'shareOut';
  readonly peer: string;
  readonly session: number;
  readonly after: number;
  readonly through: number;
  /** Levels of which units came in. */
  readonly levels: readonly ExpectedLevel[];
  /** Reservations that were confirmed. */
  readonly reservations: readonly string[];
}

export interface ExpectedLevel extends LevelName {
  /** Units that are expected to be asked for at each end; absent where nothing is known of it. */
  readonly demand?: Ends;
}

/** Moves units of these levels to where they are to be at rest; asked by the shop's node for its link. */
export interface BalanceCommand {
  readonly type: 'balance';
  readonly peer: string;
  readonly session: number;
  readonly levels: readonly ExpectedLevel[];
}

export interface Want extends LevelName {
  readonly peer: string;
  readonly units: number;
}

/** Asks peers for units. Each level is named once per peer. */
export interface AskCommand {
  readonly type: 'ask';
  /** UUIDv7; also the id of the hold that keeps what comes until the command that waits for it is decided again. */
  readonly request: string;
  readonly wants: readonly Want[];
}

/** Asks the nodes that have a reservation's goods in hand to cancel their parts. */
export interface AskCancelCommand {
  readonly type: 'askCancel';
  readonly request: string;
  readonly reservationId: string;
  /** The peers that have parts of it. */
  readonly peers: readonly string[];
}

/** Gives a shop's node up for lost. Its units are written off by `writeOff`, page by page. */
export interface RetireNodeCommand {
  readonly type: 'retireNode';
  readonly peer: string;
}

export interface WriteOffCommand {
  readonly type: 'writeOff';
  readonly peer: string;
  readonly levels: readonly LevelName[];
}

/** Puts back events that this log has lost, in the order in which they had happened. */
export interface ReplayEntriesCommand {
  readonly type: 'replayEntries';
  readonly peer: string;
  readonly session: number;
  /** Position of the last event that this log and the peer's copy of it have in common. */
  readonly common: number;
  /** Positions are those of the lost events: what was put back so far, and what is by this. */
  readonly after: number;
  readonly through: number;
  readonly entries: readonly LoggedEvent[];
}

/** Forgets what the peer's log has lost: it goes on from `common`. */
export interface RewindCommand {
  readonly type: 'rewind';
  readonly peer: string;
  readonly session: number;
  readonly common: number;
  /** Chained digest up to `common`. */
  readonly digest: string;
  /** Up to here the peer's log has no grant that is newer than its restore. */
  readonly kept: number;
}

export function isLinkCommand<C extends { readonly type: string }>(
  command: C | LinkCommand,
): command is LinkCommand {
  return LINK_COMMAND_TYPES.some((type) => type === command.type);
}
