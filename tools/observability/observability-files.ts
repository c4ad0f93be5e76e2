import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const CHECKOUT = join(import.meta.dirname, '..', '..');

export const RUNBOOKS = join(CHECKOUT, 'docs', 'runbooks');
export const FOLDER = join(CHECKOUT, 'infra', 'observability');

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** `runbook` is the name of a file of docs/runbooks, without its extension. */
  readonly labels: { readonly severity: string; readonly runbook: string };
}

export interface ScrapeJob {
  readonly job_name: string;
  readonly static_configs?: readonly { readonly targets: readonly string[] }[];
  readonly dns_sd_configs?: readonly { readonly names: readonly string[]; readonly port: number }[];
}

export interface PrometheusConfig {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly ScrapeJob[];
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

/** Of a dashboard, what specs look at. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly links?: readonly Link[];
  readonly targets?: readonly { readonly expr: string }[];
}

export interface Dashboard {
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
  readonly panels: readonly Panel[];
}

const yaml = (...path: string[]): unknown => parse(readFileSync(join(FOLDER, ...path), 'utf8'));

export function readAlerts(): AlertRule[] {
  const { groups } = yaml('alerts.yml') as { groups: Array<{ rules: AlertRule[] }> };
  return groups.flatMap(({ rules }) => rules);
}

export function readPrometheusConfig(): PrometheusConfig {
  return yaml('prometheus.yml') as PrometheusConfig;
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(join(FOLDER, 'grafana', 'dashboards', 'event-bus.json'), 'utf8')) as Dashboard;
}

export function readDataSources(): Array<{ uid: string; url: string }> {
  return (yaml('grafana', 'provisioning', 'datasources', 'datasources.yml') as { datasources: [] }).datasources;
}

/** Every metric of the services, from docs/metrics.md, and of log-broker, from its code. */
export function documentedMetrics(): Set<string> {
  const services = readFileSync(join(CHECKOUT, 'docs', 'metrics.md'), 'utf8').matchAll(/^\| `(\w+)`/gm);
  const observe = join(CHECKOUT, 'packages', 'log-broker', 'src', 'observe', 'broker-metrics.ts');
  const broker = readFileSync(observe, 'utf8').matchAll(/metric\(\s*'(\w+)'/g);
  return new Set([...[...services].map(([, name]) => name!), ...[...broker].map(([, name]) => `log_broker_${name}`)]);
}

/**
 * The metrics that an expression of PromQL reads: names with an underscore that are neither labels nor functions. A series of
 * a histogram is given as the histogram, where `known` has that.
 */
export function metricsIn(expression: string, known: ReadonlySet<string>): string[] {
  const withoutLabels = expression.replaceAll(/\{[^}]*\}|\b(?:by|without|on|ignoring) \([^)]*\)/g, '');
  const names = [...withoutLabels.matchAll(/\b[a-z]\w*_\w+\b(?!\()/g)].map(([name]) => {
    const histogram = name.replace(/_(?:bucket|count|sum)$/, '');
    return known.has(histogram) ? histogram : name;
  });
  return [...new Set(names)];
}
