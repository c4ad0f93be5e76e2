import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MANIFESTS } from '../stack/services.ts';
import {
  documentedMetrics,
  FOLDER,
  metricsIn,
  readAlerts,
  readPrometheusConfig,
  RUNBOOKS,
} from './observability-files.ts';

const SERVICES = MANIFESTS.map(({ name }) => name);

const known = documentedMetrics();
const alerts = readAlerts();
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: FOLDER, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

describe('the alerts', () => {
  it.skipIf(!hasPromtool)('fire by what they are for and are silent otherwise (skipped without promtool)', () => {
    expect(promtool('test', 'rules', 'alerts.test.yml')).toMatchObject({
      status: 0,
      output: expect.stringContaining('SUCCESS'),
    });
  });

  it.each(alerts)('$alert has a test', ({ alert }) => {
    const tested = readFileSync(join(FOLDER, 'alerts.test.yml'), 'utf8');
    expect(tested).toMatch(new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n`));
  });

  it.each(alerts)('$alert reads metrics that exist', ({ expr }) => {
    expect(metricsIn(expr, known)).not.toEqual([]);
    expect(metricsIn(expr, known).filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(alerts)(
    '$alert has a runbook, which names it, its metrics, and commands that show more',
    ({ alert, expr, labels: { runbook } }) => {
      const path = join(RUNBOOKS, `${runbook}.md`);
      expect(existsSync(path)).toBe(true);
      const text = readFileSync(path, 'utf8');
      expect(text).toContain(`\`${alert}\``);
      expect(metricsIn(expr, known).filter((name) => !text.includes(name))).toEqual([]);
      expect(text).toMatch(/npm run bus -- |curl -s /);
    },
  );
});

describe('the runbooks', () => {
  it.each(readdirSync(RUNBOOKS))('%s names metrics that exist', (file) => {
    const text = readFileSync(join(RUNBOOKS, file), 'utf8');
    const named = [...text.matchAll(/`((?:messaging|health|http|db|mail|log_broker|nodejs|process)_\w+)`/g)];
    expect(named.map(([, name]) => name!).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('prometheus.yml', () => {
  it.skipIf(!hasPromtool)('is valid (skipped without promtool)', () => {
    expect(promtool('check', 'config', 'prometheus.yml')).toMatchObject({ status: 0 });
  });

  it('has a job for each service, under its name, and one for log-broker', () => {
    const jobs = readPrometheusConfig().scrape_configs.map(({ job_name }) => job_name);
    expect(jobs.toSorted()).toEqual(['log-broker', ...SERVICES].toSorted());
  });
});
