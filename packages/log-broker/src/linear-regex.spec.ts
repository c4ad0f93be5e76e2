import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinearRegex, RegexError } from './linear-regex.ts';

const matches = (pattern: string, text: string) => new LinearRegex(pattern).matches(text);

describe('a regular expression of a client', () => {
  it('matches the whole name', () => {
    expect(matches('orders', 'orders')).toBe(true);
    expect(matches('orders', 'orders-2')).toBe(false);
    expect(matches('orders.*', 'orders-2')).toBe(true);
    expect(matches('', '')).toBe(true);
    expect(matches('', 'a')).toBe(false);
  });

  it.each([
    [String.raw`team\.(orders|mails)\.v\d+`, ['team.orders.v1', 'team.mails.v20'], ['team.orders.v', 'teamXorders.v1']],
    ['[a-c_.-]{2,3}', ['ab', 'a.-'], ['a', 'abca', 'xy']],
    ['[^a-z]+', ['A9', '_'], ['a', '']],
    ['[]a]+', [']a'], ['b']],
    ['(?i)ORDERS', ['orders', 'Orders'], ['order']],
    ['(?i:A)b', ['ab', 'Ab'], ['aB']],
    ['a(?i)b|c', ['aB', 'C'], ['AB']],
    ['(?P<name>a|b)+?', ['abba'], ['c']],
    [String.raw`\Qa.b\E.*`, ['a.b', 'a.bc'], ['axb']],
    ['[[:alpha:]]+[[:^digit:]]', ['ab', 'a-'], ['a1']],
    [String.raw`^\x61\w*\b$`, ['a', 'ab'], ['b']],
    [String.raw`\D\S\W`, ['aa-'], ['1a-', 'aaa']],
    ['(a*)*b', ['b', 'aab'], ['a']],
    ['a{0}b?', ['', 'b'], ['a']],
    ['x|', ['', 'x'], ['y']],
    [String.raw`.\W[^a]`, ['é주é'], ['주aé', '주é']],
  ])('%s', (pattern, matching, others) => {
    for (const text of matching) expect(matches(pattern, text), text).toBe(true);
    for (const text of others) expect(matches(pattern, text), text).toBe(false);
  });

  it.each([
    '(', ')', 'a)', '[', '[a', '[b-a]', '*', 'a**', 'a{2}{3}', 'a{1001}', 'a{3,2}', '\\', String.raw`\1`, String.raw`\p{L}`,
    '(?=a)', '(?<!a)', '(?k)', '(?>a)', '[[:no:]]', String.raw`\xZZ`, 'é', String.raw`\x{ac00}`,
    'a'.repeat(2_001), '(a{1000}){1000}', '((((){1000}){1000}){1000}){1000}', '('.repeat(500) + ')'.repeat(500),
  ])('is refused: %s', (pattern) => {
    expect(() => new LinearRegex(pattern)).toThrow(RegexError);
  }); // prettier-ignore

  it('takes linear time, also where a backtracking matcher takes forever', () => {
    const name = `${'a'.repeat(248)}!`;
    for (const pattern of ['(a+)+b', '(a|a)*b', '(a*)*c', '(a?){200}a{200}', '(.*){50}x']) {
      expect(matches(pattern, name)).toBe(false);
    }
  });

  it('agrees with JavaScript on small expressions', () => {
    const leaf = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '-');
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        fc.tuple(tie('expression'), tie('expression')).map(([one, other]) => one + other),
        fc.tuple(tie('expression'), tie('expression')).map(([one, other]) => `(${one}|${other})`),
        fc
          .tuple(tie('expression'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,}', '*?'))
          .map(([one, quantifier]) => `(?:${one})${quantifier}`),
      ),
    }));
    const text = fc.array(fc.constantFrom('a', 'b', '-'), { maxLength: 6 }).map((all) => all.join(''));
    const property = fc.property(expression, text, (pattern, name) => {
      expect(matches(pattern, name), pattern).toBe(new RegExp(`^(?:${pattern})$`).test(name));
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});
