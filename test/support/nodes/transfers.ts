import type { DispatchCommand, ReceiveTransferCommand } from '../../../src/domain/commands.ts';
import { outstanding, type Transfer } from '../../../src/domain/transfer.ts';
import type { TestNode } from './testNode.ts';

/** Units of tea that go from S to T, unless it says otherwise. */
export function dispatch(
  transferId: string,
  quantity: number,
  fields: Partial<DispatchCommand> = {},
): DispatchCommand {
  const lines = [{ sku: 'tea', quantity }];
  return { type: 'dispatch', transferId, from: 'S', to: 'T', lines, reference: null, ...fields };
}

/** Units of tea that have arrived so far. */
export function arrival(
  transferId: string,
  quantity: number,
  fields: Partial<ReceiveTransferCommand> = {},
): ReceiveTransferCommand {
  return { type: 'receiveTransfer', transferId, lines: [{ sku: 'tea', quantity }], ...fields };
}

/** What a node knows of a transfer, as a line of text; null when it does not know it. */
export async function standing(node: TestNode, id: string): Promise<string | null> {
  const transfer = await node.process.storage.queries.transfer(id);
  return transfer ? spelled(transfer) : null;
}

/** Such as `in_transit S > T tea 5 sent, 3 received, 2 under way`. Lines are by SKU, and zeros are left out. */
export function spelled({ status, from, to, lines }: Transfer): string {
  const sorted = [...lines].sort((one, other) => (one.sku < other.sku ? -1 : 1));
  const spelledLines = sorted.map((line) => {
    const { sku, quantity, received, lost, returned, found } = line;
    const rest = outstanding(line);
    const units = { sent: quantity, received, lost, returned, found, 'under way': rest };
    const parts = Object.entries(units).filter(([, count]) => count !== 0);
    return `${sku} ${parts.map(([name, count]) => `${count} ${name}`).join(', ')}`;
  });
  return `${status} ${from ?? '?'} > ${to} ${spelledLines.join('; ')}`;
}
