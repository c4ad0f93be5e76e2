import { describe, expect, it } from 'vitest';
import { runBus } from '../run-bus.ts';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function bus(...words: string[]): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runBus(words, {
    env: {},
    signal: new AbortController().signal,
    screen: { out: (text) => out.push(text), err: (text) => err.push(text), isTerminal: false },
  });
  return { code, out: out.join(''), err: err.join('') };
}

describe('plan', () => {
  it('prints steps, needs, limits and what breaks first, without a broker and a database', async () => {
    const { code, out } = await bus('plan', '--signups', '5000/s', '--mails-per-signup', '1', '--keep', '7d');
    expect(code).toBe(0);
    expect(out).toMatch(/^Measured on \d{4}-\d\d-\d\d, .*load/);
    expect(out).toMatch(/mail server 200 ms, \d+ sizes that the model was not fitted to: off by \d+ %/);
    for (const row of [
      /^commit +5,000 /m,
      /^partitions of a topic +\d/m,
      /^SMTP connections +\d/m,
      /^broker disk, all +[\d.]+ TB/m,
    ]) {
      expect(out).toMatch(row);
    }
    expect(out).toMatch(/^Breaks first: .+, at [\d,]+ sign-ups\/s\.$/m);
  });

  it('takes any unit of time, and gives one JSON document', async () => {
    const [a, b] = [
      await bus('plan', '--signups', '120/min', '--json'),
      await bus('plan', '--signups', '2/s', '--json'),
    ];
    expect(JSON.parse(a.out)).toEqual(JSON.parse(b.out));
    expect(JSON.parse(a.out)).toMatchObject({ load: { signUpsPerSecond: 2, mailsPerSignUp: 1, keepMs: 604_800_000 } });
  });

  it.each([
    [[], '--signups is missing'],
    [['--signups', '5000'], '--signups: invalid rate "5000"'],
    [['--signups', '0/s'], '--signups: invalid rate "0/s"'],
    [['--signups', '5000/fortnight'], '--signups: invalid rate "5000/fortnight"'],
    [['--signups', '5/s', '--keep', '7'], '--keep: invalid time "7"'],
    [['--signups', '5/s', '--keep', '0d'], '--keep: invalid time "0d"'],
    [['--signups', '5/s', '--mails-per-signup', 'many'], '--mails-per-signup: invalid number "many"'],
    [['--signups', '5/s', '--smtp-ms', '99999999'], '--smtp-ms: invalid number "99999999"'],
    [['--signups', '5/s', '--replicas', '0'], '--replicas: invalid number "0"'],
    [['--signups', '5/s', '--database-cores', '1.5'], '--database-cores: invalid number "1.5"'],
    [['5000/s'], 'unexpected "5000/s"'],
  ])('with %j names the option and a remedy', async (words, message) => {
    const { code, out, err } = await bus('plan', ...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`✗ ${message}`);
    expect(err.trim().split('\n')).toHaveLength(2);
  });
});
