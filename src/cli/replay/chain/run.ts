import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { POLICIES, type PolicyKind } from '../../../domain/links/policy.ts';
import { CommandError } from '../../exitCodes.ts';
import { startProgress } from '../../progress.ts';
import type { Tools } from '../../tools.ts';
import { type Audit, auditChain } from './audit.ts';
import { Chain } from './chain.ts';
import { DAY_MS } from './days.ts';
import type { Draws } from './draws.ts';
import type { Traffic } from './line.ts';
import type { Happening } from './plan.ts';
import { Player } from './play.ts';
import type { GroceryProduct } from './products.ts';
import { ChainTally } from './tally.ts';

/** Time that is lived at the end, so that nothing is under way any more. */
const LAST_MS = 30_000;

export interface ChainRun {
  readonly tools: Pick<Tools, 'openStorage' | 'err'>;
  /** A folder for the databases of each policy is made in it. */
  readonly folder: string;
  readonly shops: readonly string[];
  /** Those that are sold. */
  readonly products: ReadonlyMap<string, GroceryProduct>;
  readonly plan: readonly Happening[];
  readonly draws: Draws;
  /** Aborted when the run is to stop after what is under way. */
  readonly signal: AbortSignal;
}

/** What came of the plan under one policy. */
export interface ChainResult {
  readonly policy: PolicyKind;
  readonly tally: ChainTally;
  readonly traffic: Traffic;
  readonly audit: Audit;
  readonly seconds: number;
}

/** @returns undefined when it was stopped before the end */
export async function runPolicy(
  run: ChainRun,
  policy: PolicyKind,
): Promise<ChainResult | undefined> {
  const startedAt = performance.now();
  const tally = new ChainTally();
  const firstFault = new AbortController();
  const chain = await openChain(run, policy, (error) => {
    tally.noteFault(error);
    firstFault.abort(error);
  });
  try {
    await chain.setUp(AbortSignal.any([run.signal, firstFault.signal]));
    // A shop whose disk is full would try to join for ever.
    if (firstFault.signal.aborted) throw cannotBegin(policy, firstFault.signal.reason);
    // What the catalogue takes is not what sales take.
    const before = { ...chain.traffic };
    const player = new Player(chain, tally, run.draws);
    await playAll(run, policy, player);
    if (run.signal.aborted) return undefined;
    chain.time.wake(chain.nodes.map(({ machine }) => machine));
    await chain.time.pass(LAST_MS);
    const traffic = difference(chain.traffic, before);
    const audit = await auditChain(chain, player.shelves);
    return { policy, tally, traffic, audit, seconds: (performance.now() - startedAt) / 1_000 };
  } finally {
    await chain.close();
  }
}

async function openChain(
  { tools, folder, shops, products, plan, draws }: ChainRun,
  policy: PolicyKind,
  onFault: (error: unknown) => void,
): Promise<Chain> {
  const own = path.join(folder, policy);
  await mkdir(own);
  return Chain.open({
    openStorage: (config, options) => tools.openStorage(config, options),
    folder: own,
    shops,
    products,
    policy: POLICIES[policy],
    start: (plan[0]?.time ?? 0) - DAY_MS,
    draws,
    onFault,
  });
}

function cannotBegin(policy: PolicyKind, reason: unknown): CommandError {
  const text = reason instanceof Error ? reason.message : String(reason);
  return new CommandError(`policy ${policy} cannot begin: ${text}`);
}

async function playAll(
  { tools, plan, signal }: ChainRun,
  policy: PolicyKind,
  player: Player,
): Promise<void> {
  const progress = startProgress(tools.err, `policy ${policy}`, plan.length);
  try {
    for (const [index, happening] of plan.entries()) {
      if (signal.aborted) return;
      await player.play(happening);
      progress.advanceTo(index + 1);
    }
  } finally {
    progress.end();
  }
}

function difference(after: Traffic, before: Traffic): Traffic {
  return { messages: after.messages - before.messages, bytes: after.bytes - before.bytes };
}
