import { describe, expect, it } from 'vitest';
import { formatTable, oneLine, toJson } from './output.ts';

describe('output', () => {
  it('puts numbers to the right and text to the left', () => {
    expect(
      formatTable(
        ['topic', 'records'],
        [
          ['member', 1_200n],
          ['order', 7],
        ],
      ),
    ).toEqual(['topic   records', 'member    1,200', 'order         7']);
  });

  it('writes offsets as text, because they are 64 bits wide', () => {
    expect(toJson({ offset: 9_007_199_254_740_993n })).toBe('{"offset":"9007199254740993"}');
  });

  it('gives a terminal nothing to obey', () => {
    expect(oneLine('a\u001B[2J\nb')).toBe('a [2J b');
  });

  it('cuts what is too long', () => {
    expect(oneLine('abcdef', 4)).toBe('abc…');
  });
});
