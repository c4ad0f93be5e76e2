import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readResult } from '../../bench/harness/write-tables.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'when-not.md'), 'utf8');

/** The page need not change with every measurement. */
const OFF_MAX = 0.3;

function medianOf(bench: string, what: string, side: string, of: 'figure' | 'cpuUs' = 'figure'): number {
  const line = readResult(bench).lines.find((one) => one.what === what && one.side === side);
  if (line?.[of] === undefined) throw new Error(`bench/results/${bench}.json has no line "${what}" of "${side}"`);
  return line[of].median;
}

const p50 = 'sign-up → mail at 50/s, p50';
const p99 = 'sign-up → mail at 50/s, p99';

test.each([
  ['a trip', /about\n?([\d.]+) ms each/, () => medianOf('relay', 'commit → record at 500/s, p50', 'ours')],
  ['plain Nest, p50', /\| plain Nest: [^|]*\| ([\d.]+) ms/, () => medianOf('plain-nest', p50, 'plain Nest')],
  ['plain Nest, p99', /\| plain Nest: [^|]*\|[^|]*\| ([\d.]+) ms/, () => medianOf('plain-nest', p99, 'plain Nest')],
  ['ours, p50', /\| outbox, bus, inbox \| ([\d.]+) ms/, () => medianOf('plain-nest', p50, 'ours')],
  ['ours, p99', /\| outbox, bus, inbox \|[^|]*\| ([\d.]+) ms/, () => medianOf('plain-nest', p99, 'ours')],
  [
    'the processor time of a consumer',
    /([\d.]+) µs \(benchmark `consume`/,
    () => medianOf('consume', 'empty handler, log-broker', 'ours, a transaction each', 'cpuUs'),
  ],
])('docs/when-not.md has %s as bench/results has it, or about so', (_, figure, measured) => {
  const [, said = 'nothing'] = figure.exec(page) ?? [];
  expect(Math.abs(Number(said) / measured() - 1), `${said}, measured ${measured()}`).toBeLessThan(OFF_MAX);
});
