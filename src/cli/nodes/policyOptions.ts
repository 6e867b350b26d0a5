import { InvalidArgumentError, Option } from 'commander';
import { identifierProblem } from '../../domain/identifiers.ts';
import { QUANTITY_MAX } from '../../domain/limits.ts';
import {
  kindOf,
  type LinkPolicy,
  POLICIES,
  POLICY_EXCEPTIONS_MAX,
  POLICY_KINDS,
  type PolicyException,
  type PolicyKind,
  type SharePolicy,
} from '../../domain/links/policy.ts';
import { CommandError } from '../exitCodes.ts';

export interface PolicyFlags {
  readonly policy?: PolicyKind;
  readonly share?: number;
  readonly floor?: number;
}

/** What a policy is set for, where that is not the whole location. */
export interface ExceptionFlags {
  readonly sku?: string;
  readonly category?: string;
  readonly clear?: true;
}

export function kindOption(): Option {
  const text =
    'who owns what at rest: units follow demand (adaptive), are split, or are all of one end (hub, shop)';
  return new Option('--policy <kind>', text).choices(POLICY_KINDS);
}

export function shareOption(): Option {
  const text =
    "the hub's part of what is available at the location, 0 to 1; of an adaptive policy, until there was demand";
  return new Option('--share <part>', text).argParser(parseShare);
}

export function floorOption(): Option {
  const text = 'units of each SKU that the shop keeps for itself before it gives the hub any';
  return new Option('--floor <units>', text).argParser(parseFloor);
}

export function skuOption(): Option {
  return new Option('--sku <sku>', 'only for this SKU');
}

export function categoryOption(): Option {
  return new Option('--category <category>', 'only for the products of this category');
}

export function clearOption(): Option {
  return new Option('--clear', 'take back what was set for the SKU or the category');
}

/** `before` with what the flags name; another kind begins with what it usually is. A share alone makes a split. */
export function policyWith(before: SharePolicy, flags: PolicyFlags): SharePolicy {
  const { share, floor } = flags;
  const known = kindOf(before);
  const kind = flags.policy ?? (share === undefined ? known : 'split');
  // A floor under a hub that was given all makes a split of it; under a shop that has all it would say nothing.
  const leavesNothing = flags.policy === 'hub' || kind === 'shop';
  if (leavesNothing && (share ?? floor) !== undefined) {
    throw new CommandError(
      `--policy ${kind} leaves nothing to be shared; leave out --share and --floor, or use --policy split`,
      'usage',
    );
  }
  const start = kind === known ? before : POLICIES[kind];
  return {
    ...start,
    hubShare: share ?? start.hubShare,
    floor: floor ?? (leavesNothing ? 0 : before.floor),
  };
}

/**
 * The location's policy with what the flags change of it.
 * @throws {CommandError} where they do not fit together
 */
export function linkPolicyWith(
  before: LinkPolicy,
  flags: PolicyFlags & ExceptionFlags,
): LinkPolicy {
  const { sku, category, clear } = flags;
  const { exceptions = [], ...whole } = before;
  const about = exceptionOf(flags);
  if (clear) refuseUnclear(flags);
  if (about === undefined) return withExceptions(policyWith(whole, flags), exceptions);
  const others = exceptions.filter(({ of, name }) => of !== about.of || name !== about.name);
  if (clear) {
    if (others.length === exceptions.length) {
      throw new CommandError(
        `there is no policy for the ${about.of} ${JSON.stringify(sku ?? category)}`,
      );
    }
    return withExceptions(whole, others);
  }
  const known = exceptions.find((one) => !others.includes(one));
  const after = [...others, { ...about, ...policyWith(known ?? whole, flags) }];
  if (after.length > POLICY_EXCEPTIONS_MAX) {
    throw new CommandError(
      `a location has at most ${POLICY_EXCEPTIONS_MAX} policies for SKUs and categories; it has them already`,
    );
  }
  return withExceptions(whole, after);
}

function refuseUnclear({
  sku,
  category,
  policy,
  share,
  floor,
}: PolicyFlags & ExceptionFlags): void {
  if (sku === undefined && category === undefined) {
    throw new CommandError('--clear needs --sku or --category', 'usage');
  }
  if ((policy ?? share ?? floor) === undefined) return;
  throw new CommandError(
    '--clear takes back what was set; leave out --policy, --share and --floor',
    'usage',
  );
}

function exceptionOf({
  sku,
  category,
}: ExceptionFlags): Pick<PolicyException, 'of' | 'name'> | undefined {
  if (sku !== undefined && category !== undefined) {
    throw new CommandError('either --sku or --category, not both', 'usage');
  }
  if (sku !== undefined) return { of: 'sku', name: nameOf('sku', sku) };
  return category === undefined ? undefined : { of: 'category', name: category };
}

function nameOf(of: 'sku', name: string): string {
  const problem = identifierProblem(name);
  if (problem === null) return name;
  throw new CommandError(`the ${of} ${JSON.stringify(name)} is not one: ${problem}`, 'usage');
}

function withExceptions(whole: SharePolicy, exceptions: readonly PolicyException[]): LinkPolicy {
  return exceptions.length === 0 ? whole : { ...whole, exceptions };
}

/** What a node's policy for a SKU or a category does, in words. */
export function describeException(peer: string, { of, name, ...policy }: PolicyException): string {
  return `of ${of === 'sku' ? name : `the category ${name}`} at ${peer}, ${describePolicy(policy)}`;
}

/** What a policy does, in words. */
export function describePolicy(policy: SharePolicy): string {
  const { hubShare, floor } = policy;
  const kept = floor === 0 ? '' : `, after ${floor} of each SKU that the shop keeps`;
  switch (kindOf(policy)) {
    case 'adaptive':
      return `units follow demand; until there was any, the hub gets ${hubShare}${kept}`;
    case 'hub':
      return 'the hub owns all, and the shop asks for each unit';
    case 'shop':
      return 'the shop owns all, and the hub asks for each unit';
    case 'split':
      return `the hub owns ${hubShare} of what is available${kept}`;
  }
}

function parseShare(text: string): number {
  const part = /^(\d+(\.\d+)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (part >= 0 && part <= 1) return part;
  throw new InvalidArgumentError('Expected a number from 0 to 1, such as 0.5.');
}

function parseFloor(text: string): number {
  const units = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (units <= QUANTITY_MAX) return units;
  throw new InvalidArgumentError(`Expected a whole number from 0 to ${QUANTITY_MAX}.`);
}
