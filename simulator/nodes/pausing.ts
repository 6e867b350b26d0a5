import type { Lifetime } from '../kernel/scheduler.ts';
import type { SeededRandom } from '../kernel/seededRandom.ts';

/** How long one look at a database takes on the average, in milliseconds. */
const READ_MS = 0.3;

/**
 * A port whose every call takes time, before it is done and until its caller hears of it. Between the two anything else
 * may happen, the end of the process included. All members of the port answer with promises.
 */
export function pausing<T extends object>(port: T, lifetime: Lifetime, random: SeededRandom): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: readonly unknown[]) => {
        await lifetime.pause(random.around(READ_MS));
        const result: unknown = await Reflect.apply(member, target, args);
        await lifetime.pause(random.around(READ_MS));
        return result;
      };
    },
  });
}
