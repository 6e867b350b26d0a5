import { isMovement } from '../../src/domain/events.ts';
import type { BalanceCommand } from '../../src/domain/links/commands.ts';
import { POLICIES } from '../../src/domain/links/policy.ts';
import { levelKey } from '../../src/domain/stock.ts';
import type { SharingLedger, Work } from '../../src/ledger/ledger.ts';
import type { Writes } from '../../src/ledger/store.ts';
import type { Mutation } from './seams.ts';
import { writing } from './wrapCommit.ts';

/** A run that has plenty of time for plans, and hears nothing now and then. */
const QUIET_WIRES = {
  wire: { latencyMs: 20, loss: 0, double: 0, reorder: 0, late: 0 },
  clockJumps: 0,
  copies: 0,
  restores: 0,
  retirements: 0,
};

/** Bugs in what is moved at rest. */
export const BROKEN_PLANS: readonly Mutation[] = [
  {
    name: 'moves more at rest than there is',
    plant: () => ({ store: (store) => writing(store, movingOneMore) }),
    profile: { policy: POLICIES.split },
  },
  {
    name: 'moves units while nobody hears of it',
    plant: () => ({ ledger: planningAlways }),
    profile: { ...QUIET_WIRES, policy: POLICIES.hub, policyChanges: 0, cuts: 0.5, paceMs: 120 },
  },
  {
    name: 'moves the same units to and fro',
    plant: () => ({ ledger: changingItsMind }),
    profile: { ...QUIET_WIRES, policy: POLICIES.adaptive, policyChanges: 0 },
  },
  {
    name: 'never moves anything at rest',
    plant: () => ({ ledger: (ledger) => ({ ...ledger, submit: (work) => idle(ledger, work) }) }),
    profile: { policy: POLICIES.hub },
  },
];

function movingOneMore(writes: Writes): Writes {
  const levels = new Map(writes.levels);
  const events = writes.events.map((event) => {
    const isPlanned = event.type === 'grant' && event.details?.reason !== undefined;
    if (!isPlanned || !isMovement(event)) return event;
    const key = levelKey(event.sku, event.location);
    const change = levels.get(key);
    if (!change?.after) return event;
    levels.set(key, {
      ...change,
      after: { ...change.after, available: change.after.available - 1 },
    });
    const { balances, quantity } = event;
    const after = { ...balances, available: balances.available - 1 };
    return { ...event, quantity: quantity + 1, balances: after };
  });
  return { ...writes, levels, events };
}

function planOf({ items }: Work): BalanceCommand | undefined {
  const command = items[0]?.command;
  return command?.type === 'balance' ? command : undefined;
}

/** Each delivery is divided by the plan at once, as in the session that was the last one. */
function planningAlways(ledger: SharingLedger): SharingLedger {
  let plan: Work | null = null;
  const submit = async (work: Work) => {
    if (planOf(work)) plan = work;
    const answer = await ledger.submit(work);
    const isDelivery = work.items[0]?.command.type === 'receive';
    if (isDelivery && plan !== null) await ledger.submit(plan).catch(() => undefined);
    return answer;
  };
  return {
    ...ledger,
    submit,
    async attempt(work) {
      const answer = await ledger.attempt(work);
      const isDelivery = work.items[0]?.command.type === 'receive';
      if (isDelivery && plan !== null) await ledger.submit(plan).catch(() => undefined);
      return answer;
    },
  };
}

/** What is expected of one end is expected of the other the next time. */
function changingItsMind(ledger: SharingLedger): SharingLedger {
  let isHubs = false;
  return {
    ...ledger,
    submit(work) {
      const plan = planOf(work);
      if (plan === undefined) return ledger.submit(work);
      isHubs = !isHubs;
      const demand = isHubs ? { hub: 9, shop: 0 } : { hub: 0, shop: 9 };
      const levels = plan.levels.map((level) => ({ ...level, demand }));
      return ledger.submit({ ...work, items: [{ command: { ...plan, levels } }] });
    },
  };
}

function idle(ledger: SharingLedger, work: Work) {
  const plan = planOf(work);
  if (plan === undefined) return ledger.submit(work);
  return ledger.submit({ ...work, items: [{ command: { ...plan, levels: [] } }] });
}
