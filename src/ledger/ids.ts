import type { Clock, Randomness } from './ports.ts';

/** Random values of the counter field are below half of its range, so that it can count up within a millisecond. */
const COUNTER_RANGE = 0x1000;

/**
 * Makes UUIDv7s (RFC 9562): 48 bits of time, a 12-bit counter (method 1 of section 6.2), 62 random bits. They sort by
 * the order in which they were made, which keeps the index on them growing at one end only.
 */
export function createIds(clock: Clock, random: Randomness): () => string {
  let time = 0;
  let counter = 0;
  return () => {
    const now = clock.now();
    if (now > time) {
      time = now;
      counter = Math.floor((random.fraction() * COUNTER_RANGE) / 2);
    } else {
      counter += 1;
    }
    if (counter === COUNTER_RANGE) {
      time += 1;
      counter = 0;
    }
    return uuidv7(time, counter, random.bytes(8));
  };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function uuidv7(time: number, counter: number, tail: Uint8Array): string {
  const stamp = time.toString(16).padStart(12, '0');
  const middle = (0x7000 | counter).toString(16);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = tail;
  const variant = 0x80 | (a & 0x3f);
  return `${stamp.slice(0, 8)}-${stamp.slice(8)}-${middle}-${HEX[variant]}${HEX[b]}-${HEX[c]}${HEX[d]}${HEX[e]}${HEX[f]}${HEX[g]}${HEX[h]}`;
}
