import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  documentedMetrics,
  metricsIn,
  readAlerts,
  readDashboard,
  readDataSources,
  RUNBOOKS,
} from './observability-files.ts';

const dashboard = readDashboard();
const { panels } = dashboard;
const charts = panels.filter(({ type }) => type !== 'row');
const known = documentedMetrics();
const runbooks = new Set(readdirSync(RUNBOOKS));

describe.each(charts)('the panel "$title"', ({ targets = [], links = [], datasource }) => {
  it('shows metrics that exist', () => {
    const read = targets.flatMap(({ expr }) => metricsIn(expr, known));
    expect(targets).not.toEqual([]);
    expect(read.filter((name) => !known.has(name))).toEqual([]);
  });

  it('has a data source that is provisioned, and links to runbooks that exist', () => {
    expect(readDataSources().map(({ uid }) => uid)).toContain(datasource?.uid);
    const named = links.map(({ url }) => /^\$\{prometheus\}\/user\/runbooks\/([\w-]+\.md)$/.exec(url)?.[1]);
    expect(named.filter((name) => name === undefined || !runbooks.has(name))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('shows every metric that an alert reads, beside the link to the runbook of the alert', () => {
    const missing = readAlerts().flatMap(({ alert, expr, labels: { runbook } }) => {
      const beside = charts.filter(({ links = [] }) => links.some(({ url }) => url.endsWith(`/${runbook}.md`)));
      const shown = new Set(beside.flatMap(({ targets = [] }) => targets.flatMap((one) => metricsIn(one.expr, known))));
      return metricsIn(expr, known)
        .filter((name) => !shown.has(name))
        .map((name) => `${alert}: ${name}`);
    });
    expect(missing).toEqual([]);
  });

  it('has panels with ids of their own that do not overlap', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const overlapping = panels.flatMap(({ title, gridPos: a }, at) =>
      panels
        .slice(at + 1)
        .filter(({ gridPos: b }) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
        .map((other) => `${title} and ${other.title}`),
    );
    expect(overlapping).toEqual([]);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  it('has links to Prometheus at its usual port, unless another address is entered', () => {
    expect(dashboard.templating.list).toMatchObject([{ name: 'prometheus', query: 'http://127.0.0.1:9090' }]);
  });
});
