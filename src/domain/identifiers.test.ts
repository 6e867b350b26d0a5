import { describe, expect, it } from 'vitest';
import { identifierProblem, textProblem } from './identifiers.ts';

const LONE_SURROGATE = '\ud800';

describe('a SKU or location', () => {
  it.each([
    'A',
    '85123A',
    'two words',
    'a/b\\c%2F%',
    '%2e%2e',
    '.hidden',
    '...',
    '__proto__',
    'é',
    '漢'.repeat(128),
    '😀'.repeat(128),
  ])('may be %s', (text) => {
    expect(identifierProblem(text)).toBeNull();
  });

  it.each([
    ['', 'must not be empty'],
    ['.', 'must not be "." or ".."'],
    ['..', 'must not be "." or ".."'],
    [' a', 'must not begin or end with a blank'],
    ['a\u3000', 'must not begin or end with a blank'],
    [' ', 'must not begin or end with a blank'],
    ['a\u0000b', 'must not hold a control character'],
    ['a\nb', 'must not hold a control character'],
    ['a\u007fb', 'must not hold a control character'],
    ['a\u0085b', 'must not hold a control character'],
    [`a${LONE_SURROGATE}`, 'must not hold a lone surrogate'],
    ['e\u0301', 'must be in Unicode normalisation form NFC'],
    ['a'.repeat(129), 'must have at most 128 characters'],
    ['😀'.repeat(129), 'must have at most 128 characters'],
  ])('may not be %j: it %s', (text, problem) => {
    expect(identifierProblem(text)).toBe(problem);
  });
});

describe('a text', () => {
  it('may be empty and has a length in code points', () => {
    expect(textProblem('', { codePointsMax: 1 })).toBeNull();
    expect(textProblem('😀😀', { codePointsMax: 2 })).toBeNull();
    expect(textProblem('😀😀a', { codePointsMax: 2 })).toBe('must have at most 2 characters');
  });

  it('has line breaks and tabs only where they are allowed', () => {
    const text = 'one\r\n\ttwo';
    expect(textProblem(text, { codePointsMax: 20, multiline: true })).toBeNull();
    expect(textProblem(text, { codePointsMax: 20 })).toBe('must not hold a control character');
    expect(textProblem('a\u0000', { codePointsMax: 20, multiline: true })).toBe(
      'must not hold a control character',
    );
  });
});
