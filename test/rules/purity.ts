import { type GlobalUse, usesOf } from './globals.ts';
import type { Import, Module, Violation } from './source.ts';

const PURE = ['domain', 'ledger', 'queries', 'catalog', 'feed', 'nodes', 'publish'].map(
  (name) => `src/${name}/`,
);
/** Transports own sockets; the protocol that they carry stays pure. */
const TRANSPORTS = ['src/nodes/http/', 'src/nodes/nats/', 'src/publish/nats/'];

const CLOCK = 'take the time from the clock port';
const TIMERS = 'use the timers port';
const RANDOMNESS = 'use the randomness port';
const CONFIGURATION = 'take it as an argument; main.ts and config.ts are the only readers of it';
const OUTSIDE = 'put it behind a port that main.ts fills in';

/** What a part that a simulator runs on virtual time must not reach for, and what to use instead. */
const BANNED: Readonly<Record<string, string>> = {
  setTimeout: TIMERS,
  setInterval: TIMERS,
  setImmediate: TIMERS,
  performance: CLOCK,
  crypto: RANDOMNESS,
  process: CONFIGURATION,
  globalThis: OUTSIDE,
  global: OUTSIDE,
  require: OUTSIDE,
  fetch: OUTSIDE,
};

/** Globals that are pure but for some members; any use that hides which member is taken is refused. */
const GUARDED: Readonly<
  Record<string, { isAllowed: (use: GlobalUse) => boolean; remedy: string }>
> = {
  Date: { isAllowed: isPureDate, remedy: CLOCK },
  Math: { isAllowed: (use) => isPlainMember(use) && use.member !== 'random', remedy: RANDOMNESS },
  AbortSignal: { isAllowed: (use) => use.isInstanceCheck || use.member === 'any', remedy: TIMERS },
};

/** No I/O, clock, timer, randomness, environment or package in the parts that must be replayable. */
export function checkPurity(modules: readonly Module[]): Violation[] {
  return modules
    .filter(isPure)
    .flatMap((module) => [
      ...module.imports.filter((found) => !found.relative).map((found) => outside(module, found)),
      ...usesOf(module).flatMap((use) => impurity(module, use)),
    ]);
}

function isPure({ path }: Module): boolean {
  const startsPath = (prefix: string) => path.startsWith(prefix);
  return PURE.some(startsPath) && !TRANSPORTS.some(startsPath);
}

function isPureDate({
  member,
  isConstruction,
  argumentCount,
  isInstanceCheck,
}: GlobalUse): boolean {
  if (isInstanceCheck || member === 'parse' || member === 'UTC') return true;
  return isConstruction && argumentCount !== 0;
}

function isPlainMember({ member }: GlobalUse): boolean {
  return member !== undefined && /^\w+$/.test(member);
}

function outside({ path }: Module, { target, line }: Import): Violation {
  return { path, line, message: `imports ${target}, which is outside the rules; ${OUTSIDE}` };
}

function impurity({ path }: Module, use: GlobalUse): Violation[] {
  const guard = Object.hasOwn(GUARDED, use.name) ? GUARDED[use.name] : undefined;
  const remedy = Object.hasOwn(BANNED, use.name) ? BANNED[use.name] : guard?.remedy;
  if (remedy === undefined || guard?.isAllowed(use)) return [];
  return [{ path, line: use.line, message: `uses ${spell(use)}; ${remedy}` }];
}

function spell({ name, member, isConstruction }: GlobalUse): string {
  if (isConstruction) return `new ${name}()`;
  return member === undefined ? name : `${name}.${member}`;
}
