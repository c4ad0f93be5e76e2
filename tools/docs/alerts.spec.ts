import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const FOLDER = join(CHECKOUT, 'infra', 'observability');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook: string };
}

const { groups } = parse(readFileSync(join(FOLDER, 'alerts.yml'), 'utf8')) as { groups: Array<{ rules: Rule[] }> };
const rules = groups.flatMap((group) => group.rules);
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

/** Of the services, from docs/metrics.md, and of log-broker. */
function documentedMetrics(): Set<string> {
  const services = readFileSync(join(CHECKOUT, 'docs', 'metrics.md'), 'utf8').matchAll(/^\| `(\w+)`/gm);
  const broker = readFileSync(
    join(CHECKOUT, 'packages', 'log-broker', 'src', 'observe', 'broker-metrics.ts'),
    'utf8',
  ).matchAll(/metric\(\s*'(\w+)'/g);
  return new Set([...[...services].map(([, name]) => name!), ...[...broker].map(([, name]) => `log_broker_${name}`)]);
}

function metricsIn(expression: string): string[] {
  const names = [...expression.matchAll(/\b(?:messaging|health|log_broker)_\w+/g)].map(([name]) => name);
  return names.filter((name) => !name.startsWith('messaging_destination')).map((name) => name.replace(/_bucket$/, ''));
}

describe('the alerts', () => {
  it.skipIf(!hasPromtool)('fire by what they are for and are silent otherwise (needs promtool of Prometheus)', () => {
    const options = { cwd: FOLDER, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'alerts.test.yml'], options);
    expect({ status, stderr, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('SUCCESS') });
  });

  it.each(rules)('$alert has a test and a runbook', ({ alert, annotations }) => {
    const tested = readFileSync(join(FOLDER, 'alerts.test.yml'), 'utf8');
    expect(tested).toMatch(new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n`));
    expect(existsSync(join(CHECKOUT, annotations.runbook))).toBe(true);
  });

  it.each(rules)('$alert reads metrics that exist', ({ expr }) => {
    const documented = documentedMetrics();
    expect(metricsIn(expr)).not.toEqual([]);
    expect(metricsIn(expr).filter((name) => !documented.has(name))).toEqual([]);
  });
});
