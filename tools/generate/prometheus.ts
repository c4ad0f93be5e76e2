import { portsOf } from '../services/read-manifests.ts';
import type { Service } from '../services/read-manifests.ts';
import { instanceName } from './names.ts';

/** The regions of infra/observability/prometheus.yml. */
export function prometheusRegions(services: readonly Service[]): Record<string, string> {
  return { services: services.map(job).join('\n') };
}

function job(service: Service): string {
  const { name } = service;
  const [, ...others] = portsOf(service).map((_, index) => instanceName(service, index));
  const further = [
    '    # Further instances are there with the profile `scale` only.',
    `    dns_sd_configs: [{ names: [${others.join(', ')}], type: A, port: 3000 }]`,
    '    relabel_configs: *instance-by-name',
  ];
  return [
    `  - job_name: ${name}`,
    `    static_configs: [{ targets: ['${name}:3000'] }]`,
    ...(others.length === 0 ? [] : further),
  ].join('\n');
}
