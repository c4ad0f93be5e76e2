import { createService, Metrics } from '@event-bus/service-kit';
import { exampleConfig, loadService } from '../services/load-service.ts';

interface Described {
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

const INTRODUCTION = `# Metrics

\`GET /metrics\` of every service, in Prometheus' text format. Names follow OpenTelemetry's semantic conventions where there are any
([ADR 0029](adr/0029-metrics-with-prom-client.md)). No label contains the key of a record, an id or the path of a request.
log-broker has its own list, \`GET /metrics\` on its health port (9644). Prometheus, alerts and a dashboard on these metrics:
[compose.md](compose.md#metrics-dashboard-alerts-and-traces).

This file is generated: \`npm run generate\`.
`;

/** The text of docs/metrics.md: every metric of every service. */
export async function metricsPage(names: readonly string[]): Promise<string> {
  const services = new Map<string, Map<string, Described>>();
  for (const name of names.toSorted()) {
    const { module, env } = await loadService(name);
    const config = exampleConfig(env);
    const app = await createService({ service: name, module: module.forRoot(config), config });
    services.set(name, await metricsOf(app.get(Metrics).registry));
  }
  const metrics = [...new Set([...services.values()].flatMap((described) => [...described.keys()]))].sort();
  const rows = metrics.map((name) => {
    const having = [...services].filter(([, described]) => described.has(name));
    const { type, help, labels } = having[0]![1].get(name)!;
    const where = having.length === services.size ? '' : having.map(([service]) => service).join(', ');
    return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} | ${where} |`;
  });
  const table = ['| name | type | labels | meaning | only in |', '|---|---|---|---|---|', ...rows].join('\n');
  return `${INTRODUCTION}\n${table}\n`;
}

async function metricsOf(registry: Metrics['registry']): Promise<Map<string, Described>> {
  const described = registry.getMetricsAsArray().map(({ name, type, help, ...rest }): [string, Described] => {
    // In the objects, and not in their type.
    const { labelNames } = rest as unknown as { readonly labelNames: readonly string[] };
    return [name, { type: String(type), help, labels: labelNames }];
  });
  return new Map(described);
}
