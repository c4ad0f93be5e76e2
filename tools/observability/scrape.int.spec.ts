import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@event-bus/test-kit/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { findFreePort, giveBackPort } from '../stack/find-free-port.ts';
import { MANIFESTS, SERVICES } from '../stack/services.ts';
import { Stack } from '../stack/start-stack.ts';
import {
  documentedMetrics,
  FOLDER,
  metricsIn,
  readAlerts,
  readDashboard,
  readPrometheusConfig,
  RUNBOOKS,
} from './observability-files.ts';

/** Prometheus scrapes all that containers have. */
const ON_DEMAND = MANIFESTS.map(({ name }) => name).filter((name) => !SERVICES.includes(name));

const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;

/** A whole system and Prometheus start on a machine that may be busy. */
const WITHIN_MS = 120_000;

interface Target {
  readonly labels: { readonly job: string };
  readonly health: string;
  readonly lastError: string;
}

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastEvaluation: string;
  readonly alerts: ReadonlyArray<{ readonly state: string; readonly labels: Readonly<Record<string, string>> }>;
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

const targetsExpected = readPrometheusConfig().scrape_configs.length;
const queries = readDashboard().panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr })),
);

describe.skipIf(!hasPrometheus)('Prometheus of a running system (skipped without the program prometheus)', () => {
  let folder: string;
  let stack: Stack;
  let port: number;
  let prometheus: ChildProcess | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'event-bus-prometheus-'));
    stack = new Stack({ dataFolder: join(folder, 'system'), ports: 'free', with: ON_DEMAND });
    [port] = await Promise.all([findFreePort(), stack.start()]);
    await stack.awaitReady();
    const answer = await fetch(`${stack.url('member-service')}/members`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'hana@example.com', name: '이하나' }),
    });
    expect(answer.status).toBe(201);
    prometheus = startPrometheus();
    await until('Prometheus to be ready', async () => (await fetch(at('/-/ready'))).ok, WITHIN_MS);
  }, WITHIN_MS);

  afterAll(async () => {
    if (prometheus?.exitCode === null) {
      const ended = once(prometheus, 'exit');
      prometheus.kill();
      await ended;
    }
    await stack?.stop();
    giveBackPort(port);
    rmSync(folder, { recursive: true, force: true });
  }, WITHIN_MS);

  const at = (path: string): string => `http://127.0.0.1:${port}${path}`;

  async function api<Data>(path: string): Promise<Data> {
    const answer = await fetch(at(`/api/v1/${path}`));
    const { status, data, error } = (await answer.json()) as { status: string; data: Data; error?: string };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }

  async function query(expr: string): Promise<readonly Sample[]> {
    const { result } = await api<{ result: Sample[] }>(`query?query=${encodeURIComponent(expr)}`);
    return result;
  }

  /** The configuration of the profile `observability`, with the addresses of this system, scraped more often. */
  function startPrometheus(): ChildProcess {
    const targets: Readonly<Record<string, string>> = {
      ...Object.fromEntries(stack.services.map((name) => [name, new URL(stack.url(name)).host])),
      'log-broker': `127.0.0.1:${stack.ports.get('log-broker-health')}`,
    };
    const { rule_files, scrape_configs } = readPrometheusConfig();
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: rule_files.map((name) => join(FOLDER, name)),
      scrape_configs: scrape_configs.map(({ job_name }) => ({
        job_name,
        static_configs: [{ targets: [targets[job_name]] }],
      })),
    };
    writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
    mkdirSync(join(folder, 'user'));
    symlinkSync(RUNBOOKS, join(folder, 'user', 'runbooks'));
    const output = openSync(join(folder, 'prometheus.log'), 'a');
    return spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'prometheus')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--web.user-assets=${join(folder, 'user')}`,
      ],
      { stdio: ['ignore', output, output] },
    );
  }

  it(
    'reaches every service and log-broker',
    async () => {
      const targets = await until(
        'all targets to be up',
        async () => {
          const { activeTargets } = await api<{ activeTargets: Target[] }>('targets?state=active');
          return (
            activeTargets.length >= targetsExpected &&
            activeTargets.every(({ health }) => health === 'up') &&
            activeTargets
          );
        },
        WITHIN_MS,
      );
      expect(targets.map(({ labels }) => labels.job).toSorted()).toEqual(['log-broker', ...stack.services].toSorted());
    },
    WITHIN_MS,
  );

  it(
    'has every metric of the alerts and the dashboard from its scrapes',
    async () => {
      const documented = documentedMetrics();
      const read = [...readAlerts(), ...queries].flatMap(({ expr }) => metricsIn(expr, documented));
      const metadata = await until(
        'the metrics of all targets',
        async () => {
          const known = await api<Record<string, unknown>>('metadata');
          return read.every((name) => name in known) && known;
        },
        WITHIN_MS,
      );
      expect(Object.keys(metadata)).toEqual(expect.arrayContaining(read));
    },
    WITHIN_MS,
  );

  it.each(queries)('answers the query of the panel "$title": $expr', async ({ expr }) => {
    await expect(query(expr.replaceAll('$__rate_interval', '1m'))).resolves.toBeInstanceOf(Array);
  });

  it(
    'knows who published, and that the mail was accepted',
    async () => {
      const published = 'sum by (job) (messaging_client_sent_messages_total) > 0';
      const mails = 'mail_send_duration_seconds_count{outcome="accepted"} > 0';
      const [senders] = await until(
        'the event and the mail of a sign-up',
        async () => {
          const found = await Promise.all([query(published), query(mails)]);
          return found.every(({ length }) => length > 0) && found;
        },
        WITHIN_MS,
      );
      expect(senders.map(({ metric }) => metric['job'])).toContain('member-service');
    },
    WITHIN_MS,
  );

  it(
    'evaluates every alert, and sees a service that is stopped',
    async () => {
      const rules = async (): Promise<Rule[]> => (await api<{ groups: [{ rules: Rule[] }] }>('rules')).groups[0].rules;
      await until(
        'the rules to be evaluated',
        async () => (await rules()).every(({ health }) => health === 'ok'),
        WITHIN_MS,
      );
      expect((await rules()).map(({ name }) => name)).toEqual(readAlerts().map(({ alert }) => alert));
      await stack.part('mail-service').stop();
      const alert = await until(
        'the alert of mail-service',
        async () => {
          const found = (await rules()).find(({ name }) => name === 'ServiceNotReady');
          return found?.alerts.find(({ labels }) => labels['job'] === 'mail-service');
        },
        WITHIN_MS,
      );
      expect(alert.labels).toMatchObject({ severity: 'page', runbook: 'a-service-is-not-ready' });
    },
    WITHIN_MS,
  );

  it('serves the runbooks, where the dashboard links to', async () => {
    const name = `${readAlerts()[0]!.labels.runbook}.md`;
    const answer = await fetch(at(`/user/runbooks/${name}`));
    expect(await answer.text()).toBe(readFileSync(join(RUNBOOKS, name), 'utf8'));
  });
});
