import type { LoggedEvent } from '../domain/events.ts';
import type { SessionParts } from './sessionParts.ts';

/**
 * Removes products that a shop has just said it has none of, where it was the last to be asked. Should the process end
 * before that, whoever asks for the removal again brings it about.
 * @param entries of the shop's log, which have been applied
 */
export async function finishRemovals(
  { ledger, newId, node }: Pick<SessionParts, 'ledger' | 'newId' | 'node'>,
  entries: readonly LoggedEvent[],
): Promise<void> {
  const cleared = entries.filter(({ type }) => type === 'removal_cleared');
  for (const sku of new Set(cleared.map((entry) => entry.sku))) {
    if (sku === null) continue;
    // A removal has a commit to itself. Refused, it waits: for other shops, or until the last unit is gone.
    const command = { type: 'deleteProduct', sku, ifAsked: true } as const;
    await ledger.submit({ actor: node, requestId: newId(), items: [{ command }] });
  }
}
