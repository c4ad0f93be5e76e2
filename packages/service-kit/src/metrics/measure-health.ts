import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Readiness, ReadinessReport } from '../health/readiness.ts';

/** What `/health/ready` answers, for alerts; the checks run at each scrape, within their own bound. */
export function measureHealth(registry: Registry, readiness: Readiness): void {
  // Both gauges of a scrape show the same report.
  let current: Promise<ReadinessReport> | undefined;
  const report = (): Promise<ReadinessReport> => (current ??= readiness.report().finally(() => (current = undefined)));

  const labelNames = ['check'] as const;
  const ready = new Gauge({
    name: 'health_check_ready',
    help: '1 while the check of /health/ready passes, else 0.',
    labelNames,
    registers: [registry],
    async collect() {
      for (const [check, result] of Object.entries((await report()).checks)) ready.set({ check }, result.ready ? 1 : 0);
    },
  });
  const warnings = new Gauge({
    name: 'health_check_warnings',
    help: 'Warnings of the check of /health/ready: what an operator should look at although it passes.',
    labelNames,
    registers: [registry],
    async collect() {
      for (const [check, result] of Object.entries((await report()).checks)) {
        warnings.set({ check }, result.warnings?.length ?? 0);
      }
    },
  });
}
