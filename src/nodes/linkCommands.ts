import type { LinkCommand } from '../domain/links/commands.ts';
import type { Link } from '../domain/links/link.ts';
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

/** The link to a peer, as it stands now. */
export function findLink(
  { store }: Pick<NodeParts, 'store'>,
  peer: string,
): Promise<Link | undefined> {
  return store.link(peer);
}
