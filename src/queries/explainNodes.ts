import { are, units } from './explainParts.ts';
import type { NodeStock } from './nodeStock.ts';

/** What another node owns of a level, and since when that is known. */
export interface ExplainedNode extends NodeStock {
  readonly text: string;
}

export function explainNode(stock: NodeStock): ExplainedNode {
  return { ...stock, text: `${ownedText(stock)}${transitText(stock)}` };
}

function ownedText({ node, onHand, available, asOf }: NodeStock): string {
  if (asOf === null) return `Nothing of the log of ${node} is known yet.`;
  const known = `as its log said at ${new Date(asOf.time).toISOString()}`;
  if (available < 0) {
    return `${node} misses ${units(-available)} that it has promised or handed over, ${known}.`;
  }
  return `${node} owns ${units(onHand)}, of which it can promise ${available}, ${known}.`;
}

function transitText({ inTransit = 0 }: NodeStock): string {
  return inTransit === 0 ? '' : ` ${are(inTransit)} on the way there.`;
}
