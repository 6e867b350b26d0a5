import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/domain/json.ts';
import { NO_DIGEST } from '../../src/domain/links/link.ts';
import { chainDigest } from '../../src/nodes/digest.ts';
import { anyEntry } from '../support/nodes/anyEntry.ts';
import { sha256 } from '../support/nodes/machine.ts';

const entries = fc.array(anyEntry, { maxLength: 6 });

test('logs with different entries have different digests', () => {
  fc.assert(
    fc.property(entries, entries, (one, other) => {
      const areSame = canonicalJson(one) === canonicalJson(other);
      const [a, b] = [one, other].map((log) => chainDigest(sha256, NO_DIGEST, log));
      expect(a === b).toBe(areSame);
    }),
  );
});

test('the same entries in another order have another digest', () => {
  fc.assert(
    fc.property(anyEntry, anyEntry, (one, other) => {
      fc.pre(canonicalJson(one) !== canonicalJson(other));
      const there = chainDigest(sha256, NO_DIGEST, [one, other]);
      expect(chainDigest(sha256, NO_DIGEST, [other, one])).not.toBe(there);
    }),
  );
});

test('a single value that differs, wherever it stands, changes every digest after it', () => {
  fc.assert(
    fc.property(entries, anyEntry, entries, (before, entry, after) => {
      const changed = { ...entry, actor: `${entry.actor}!` };
      const [a, b] = [entry, changed].map((one) =>
        chainDigest(sha256, NO_DIGEST, [...before, one, ...after]),
      );
      expect(a).not.toBe(b);
    }),
  );
});

test('the digest does not hang on the messages in which the entries came', () => {
  fc.assert(
    fc.property(entries, entries, (first, second) => {
      const inTwo = chainDigest(sha256, chainDigest(sha256, NO_DIGEST, first), second);
      expect(inTwo).toBe(chainDigest(sha256, NO_DIGEST, [...first, ...second]));
    }),
  );
});

test('the digest does not hang on the order of members, nor on whether an entry came as text', () => {
  fc.assert(
    fc.property(anyEntry, (entry) => {
      const reversed = Object.fromEntries(Object.entries(entry).reverse());
      const received = JSON.parse(JSON.stringify(reversed));
      expect(chainDigest(sha256, NO_DIGEST, [received])).toBe(
        chainDigest(sha256, NO_DIGEST, [entry]),
      );
    }),
  );
});
