import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventDraft, LoggedEvent, Movement } from '../../src/domain/events.ts';
import { evolveTransfer } from '../../src/domain/evolveTransfer.ts';
import type { Link } from '../../src/domain/links/link.ts';
import { decideStep, learnOfStep } from '../../src/domain/links/transferSteps.ts';
import { outstanding, type Transfer } from '../../src/domain/transfer.ts';
import { withTotals } from '../../src/domain/transferTotals.ts';
import { atHub, atShop, givenLinkState, moved } from '../support/givenLink.ts';
import { givenState, NOW } from '../support/givenState.ts';
import { spelled } from '../support/nodes/transfers.ts';

const ID = '019c1f9e-6c00-7000-8000-000000000002';
const SKUS = ['salt', 'tea'] as const;

type Step = LoggedEvent & Movement;
type Place = 'S' | 'T';

function step(
  place: Place,
  type: Movement['type'],
  path: readonly [from: Movement['from'], to: Movement['to']],
  sku: string,
  quantity: number,
): Step {
  const destination = type === 'dispatch' ? { destination: 'T' } : {};
  const details = { transferId: ID, ...destination };
  return moved(type, path, quantity, { sku, location: place, details });
}

const sku = fc.constantFrom(...SKUS);
const quantity = fc.integer({ min: 1, max: 9 });

/** What the source does: it sends each kind at most once, and takes back of what it has sent. */
const ofSource = fc
  .uniqueArray(fc.record({ sku, quantity, back: fc.nat({ max: 9 }) }), {
    minLength: 1,
    selector: (line) => line.sku,
  })
  .map((lines) => [
    ...lines.map((line) =>
      step('S', 'dispatch', ['available', 'transit'], line.sku, line.quantity),
    ),
    ...lines
      .filter(({ back }) => back > 0)
      .map((line) => step('S', 'recall', ['transit', 'available'], line.sku, line.back)),
  ]);

const ofDestination = fc.array(
  fc.oneof(
    fc.record({ sku, quantity }).map((line) => {
      return step('T', 'arrive', ['transit', 'available'], line.sku, line.quantity);
    }),
    fc.record({ sku, quantity }).map((line) => {
      return step('T', 'discrepancy', ['shrinkage', 'available'], line.sku, line.quantity);
    }),
  ),
  { minLength: 1, maxLength: 4 },
);

/** What accounts for a difference comes after something has arrived. */
const closing = fc.array(
  fc.oneof(
    fc.record({ sku, quantity }).map((line) => {
      return step('T', 'discrepancy', ['transit', 'shrinkage'], line.sku, line.quantity);
    }),
    fc.record({ sku, quantity }).map((line) => {
      return step('T', 'discrepancy', ['shrinkage', 'transit'], line.sku, line.quantity);
    }),
  ),
  { maxLength: 2 },
);

/** What happens next, of what can. */
const ACTIONS = ['S acts', 'T acts', 'hub hears S', 'hub hears T', 'S hears', 'T hears'] as const;
const AGAIN = [
  'S hears all again',
  'T hears all again',
  'hub hears S again',
  'hub hears T again',
] as const;
const schedule = fc.array(fc.constantFrom(...ACTIONS, ...AGAIN), { maxLength: 60 });

/** A node with its log, and how far the hub has heard of it and it of the hub. */
interface End {
  readonly steps: readonly Step[];
  readonly log: Step[];
  readonly link: Link;
  readonly linkOfHub: Link;
  row: Transfer | undefined;
  done: number;
  heardByHub: number;
  heard: number;
}

function end(place: Place, steps: readonly Step[]): End {
  const link = atShop({ location: place });
  const linkOfHub = atHub({ location: place, peer: `node of ${place}` });
  return { steps, log: [], link, linkOfHub, row: undefined, done: 0, heardByHub: 0, heard: 0 };
}

class Chain {
  readonly ends: Readonly<Record<Place, End>>;
  hub: Transfer | undefined;
  readonly #notices: LoggedEvent[] = [];

  constructor(source: readonly Step[], destination: readonly Step[]) {
    this.ends = { S: end('S', source), T: end('T', destination) };
  }

  act(node: End): void {
    const next = node.steps[node.done];
    if (next === undefined) return;
    node.done += 1;
    const [told] = withTotals(givenState({ hub: 'hub' }), node.row, [next]);
    node.log.push({ ...next, details: told?.details ?? null });
    node.row = evolveTransfer(node.row, [next], NOW);
  }

  tellHub(node: End): void {
    const next = node.log[node.heardByHub];
    if (next === undefined) return;
    node.heardByHub += 1;
    this.#hearOf(node, next);
  }

  /** As after the hub, or the node, was restored. */
  tellHubAgain(node: End): void {
    for (const old of node.log.slice(0, node.heardByHub).reverse()) this.#hearOf(node, old);
  }

  #hearOf(node: End, next: Step): void {
    for (const group of decideStep(stateOf(this.hub), node.linkOfHub, next)) {
      const notices = group.map(logged);
      this.hub = evolveTransfer(this.hub, notices, NOW);
      this.#notices.push(...notices);
    }
  }

  tell(node: End): void {
    if (node.heard === this.#notices.length) return;
    node.heard += 1;
    this.#hear(node, this.#notices[node.heard - 1]);
  }

  #hear(node: End, next: LoggedEvent | undefined): void {
    if (next === undefined) return;
    for (const group of learnOfStep(stateOf(node.row), node.link, next)) {
      node.row = evolveTransfer(node.row, group.map(logged), NOW);
    }
  }

  /** What it has heard before, the newest first. */
  tellAgain(node: End): void {
    for (const old of this.#notices.slice(0, node.heard).reverse()) this.#hear(node, old);
  }

  comeToRest(): void {
    for (const node of [this.ends.T, this.ends.S]) {
      while (node.done < node.steps.length) this.act(node);
      while (node.heardByHub < node.done) this.tellHub(node);
    }
    for (const node of [this.ends.S, this.ends.T]) {
      while (node.heard < this.#notices.length) this.tell(node);
    }
  }

  do(action: (typeof ACTIONS)[number] | (typeof AGAIN)[number]): void {
    const node = this.ends[action.includes('S') ? 'S' : 'T'];
    if (action.endsWith('acts')) this.act(node);
    else if (action.startsWith('hub') && action.endsWith('again')) this.tellHubAgain(node);
    else if (action.startsWith('hub')) this.tellHub(node);
    else if (action.endsWith('again')) this.tellAgain(node);
    else this.tell(node);
  }
}

function stateOf(row: Transfer | undefined) {
  return givenLinkState({ transfers: row ? [row] : [] });
}

function logged(draft: EventDraft): LoggedEvent {
  if ('quantity' in draft) throw new Error('what is heard of others moves nothing');
  return { ...draft, actor: 'ann', requestId: 'q', position: 1, time: NOW };
}

/** What is under way by what both ends have done. */
function unitsUnderWay(steps: readonly Step[]): number {
  const into = steps.filter(({ to }) => to === 'transit');
  const outOf = steps.filter(({ from }) => from === 'transit');
  const sum = (some: readonly Step[]) => some.reduce((units, one) => units + one.quantity, 0);
  return sum(into) - sum(outOf);
}

describe('what the nodes say of a transfer', () => {
  test('is the same at the end, in whatever order they have heard of each other, and however often', () => {
    fc.assert(
      fc.property(
        ofSource,
        ofDestination,
        closing,
        schedule,
        (source, arrived, closed, actions) => {
          const destination = [...arrived, ...closed];
          const chain = new Chain(source, destination);
          for (const action of actions) chain.do(action);
          chain.comeToRest();
          for (const node of Object.values(chain.ends)) chain.tellAgain(node);
          const rows = [chain.hub, chain.ends.S.row, chain.ends.T.row];
          const said = rows.map((row) => row && spelled(row));
          expect(said).toEqual([said[0], said[0], said[0]]);
          const lines = chain.hub?.lines ?? [];
          const underWay = lines.reduce((units, line) => units + outstanding(line), 0);
          expect(underWay).toBe(unitsUnderWay([...source, ...destination]));
          expect(chain.hub).toMatchObject({ from: 'S', to: 'T' });
        },
      ),
    );
  });

  test('is nothing new when it is heard again', () => {
    const chain = new Chain([step('S', 'dispatch', ['available', 'transit'], 'tea', 4)], []);
    chain.comeToRest();
    const { S } = chain.ends;
    const notice = logged({
      type: 'transfer_step',
      sku: 'tea',
      location: 'S',
      reservationId: null,
      details: {
        transferId: ID,
        step: 'dispatch',
        units: 4,
        source: 'S',
        destination: 'T',
        places: [{ place: 'S', quantity: 4, received: 0, lost: 0, returned: 0, found: 0 }],
      },
    });
    expect(learnOfStep(stateOf(S.row), S.link, notice)).toEqual([]);
  });
});

describe('what a shop could say', () => {
  const sent = step('S', 'dispatch', ['available', 'transit'], 'tea', 4);
  const told = (event: Step) => decideStep(stateOf(undefined), atHub({ location: 'S' }), event);

  test.each<readonly [string, Step]>([
    ['of an id that no ledger makes', { ...sent, details: { transferId: 'x\u0000' } }],
    [
      'of a place that has no name',
      { ...sent, details: { transferId: ID, destination: 'a\u0000b' } },
    ],
    [
      'with a reference that no database keeps',
      { ...sent, details: { transferId: ID, destination: 'T', reference: '\ud800' } },
    ],
    [
      'of goods that come back and were never sent',
      { ...sent, type: 'recall', from: 'transit', to: 'available' },
    ],
  ])('%s does nothing', (_what, event) => {
    expect(told(event)).toEqual([]);
  });

  test('of more than can be counted does nothing', () => {
    const much = { ...sent, quantity: Number.MAX_SAFE_INTEGER };
    const [[notice] = []] = told(much);
    const row = evolveTransfer(undefined, notice ? [logged(notice)] : [], NOW);
    expect(decideStep(stateOf(row), atHub({ location: 'S' }), much)).toEqual([]);
  });
});
