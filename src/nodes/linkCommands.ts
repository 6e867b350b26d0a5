import type { LinkCommand } from '../domain/links/commands.ts';
import type { Link, LinkChange } from '../domain/links/link.ts';
import type { Refusal } from '../domain/refusals.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { NodeParts } from './parts.ts';

/** The ledger has turned down what a link asked of it: another session has begun, mostly. */
export class LinkRefusedError extends Error {
  override readonly name = 'LinkRefusedError';
  readonly refusal: Refusal;

  constructor(command: LinkCommand, refusal: Refusal) {
    super(`${command.type} was refused: ${refusal.code}`);
    this.refusal = refusal;
  }
}

/**
 * Puts a command of a link to the ledger.
 * @param actor in whose name what it does is logged
 * @throws {LinkRefusedError}
 */
export async function submitLink(
  { ledger, newId }: Pick<NodeParts, 'newId'> & { readonly ledger: Pick<Ledger, 'submit'> },
  actor: string,
  command: LinkCommand,
): Promise<Link | null> {
  const answer = await ledger.submit({ actor, requestId: newId(), items: [{ command }] });
  const outcome = answer.kind === 'done' ? answer.items[0]?.outcome : undefined;
  if (outcome?.kind === 'link') return outcome.link;
  if (outcome?.kind === 'refused') throw new LinkRefusedError(command, outcome.refusal);
  throw new Error(`${command.type} was answered with ${answer.kind}`);
}

/**
 * Changes a link, unless another session has begun.
 * @throws {LinkRefusedError}
 */
export async function updateLink(
  parts: Pick<NodeParts, 'newId' | 'node'> & { readonly ledger: Pick<Ledger, 'submit'> },
  { peer, session }: Pick<Link, 'peer' | 'session'>,
  change: LinkChange,
): Promise<Link> {
  const command = { type: 'updateLink', peer, session, change } as const;
  const link = await submitLink(parts, parts.node, command);
  if (link === null) throw new Error('an update is of one link');
  return link;
}

/** The link to a peer, as it stands now. */
export function findLink(
  { store }: Pick<NodeParts, 'store'>,
  peer: string,
): Promise<Link | undefined> {
  return store.link(peer);
}

/** The link of a shop's node to its hub; undefined before the node has joined it. */
export async function findHubLink({ store }: Pick<NodeParts, 'store'>): Promise<Link | undefined> {
  return (await store.links()).find(({ peerRole }) => peerRole === 'hub');
}
