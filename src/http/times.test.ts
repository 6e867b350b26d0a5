import { describe, expect, it } from 'vitest';
import { formatTime, parseTime } from './times.ts';

describe('a time', () => {
  it.each([
    ['2026-01-31T08:00:00Z', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31t08:00:00z', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T09:30:00+01:30', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:00.123456789Z', '2026-01-31T08:00:00.123Z'],
    ['2024-02-29T23:59:59-23:59', '2024-03-01T23:58:59.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('is read from %s', (text, expected) => {
    expect(formatTime(parseTime(text))).toBe(expected);
  });

  it.each([
    '',
    'now',
    '2026-01-31',
    '2026-01-31T08:00Z',
    '2026-01-31T08:00:00',
    '2026-01-31 08:00:00Z',
    '2026-01-31T08:00:00+0100',
    '2026-01-31T08:00:00 01:00',
    '2026-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T08:60:00Z',
    '2016-12-31T23:59:60Z',
    '2026-01-31T08:00:00.Z',
    '2026-01-31T08:00:00+24:00',
    '+002026-01-31T08:00:00Z',
    '2026-01-31T08:00:00Z ',
  ])('is not read from %j', (text) => {
    expect(parseTime(text)).toBeNaN();
  });

  it('is written the same when many others were written in between', () => {
    const first = formatTime(1_000);
    for (let ms = 0; ms < 2_000; ms++) expect(formatTime(ms)).toBe(new Date(ms).toISOString());
    expect(formatTime(1_000)).toBe(first);
  });
});
