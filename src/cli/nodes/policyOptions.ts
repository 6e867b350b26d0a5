import { InvalidArgumentError, Option } from 'commander';
import { QUANTITY_MAX } from '../../domain/limits.ts';
import type { SharePolicy } from '../../domain/links/link.ts';

export interface PolicyFlags {
  readonly share?: number;
  readonly floor?: number;
}

export const POLICY_DEFAULT: SharePolicy = { hubShare: 0.5, floor: 0 };

export function shareOption(): Option {
  const text = "the hub's part of what is available at the location, 0 to 1";
  return new Option('--share <part>', text).argParser(parseShare);
}

export function floorOption(): Option {
  const text = 'units of each SKU that the shop keeps for itself before it gives the hub any';
  return new Option('--floor <units>', text).argParser(parseFloor);
}

/** `before` with what the flags name. */
export function policyWith(before: SharePolicy, { share, floor }: PolicyFlags): SharePolicy {
  return { hubShare: share ?? before.hubShare, floor: floor ?? before.floor };
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
