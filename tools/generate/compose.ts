import { portsOf } from '../services/read-manifests.ts';
import type { Service } from '../services/read-manifests.ts';
import { instanceName, openSettings, partsUsedBy, portVariable } from './names.ts';

/** Of the pool of an instance, and what an operator and the migrations need beside. */
const CONNECTIONS = { ofInstance: 24, ofOthers: 30 };

/** The regions of docker-compose.yml. */
export function composeRegions(services: readonly Service[]): Record<string, string> {
  const instances = services.flatMap(portsOf).length;
  const addresses = (port: number): string => services.map(({ name }) => `${name}=http://${name}:${port}`).join(',');
  return {
    // Every image of a service has this step; it need not be built once more.
    topics: `    image: event-bus/${services[0]?.name}`,
    migrations: services.map(migration).join('\n\n'),
    services: services.map(serviceAndInstances).join('\n\n'),
    addresses: `      SERVICES: ${addresses(3000)}\n      SERVICES_ADMIN: ${addresses(3100)}`,
    connections: [
      `    # ${instances} instances of services with ${CONNECTIONS.ofInstance} connections each, and some for an operator.`,
      `    command: [postgres, -c, max_connections=${instances * CONNECTIONS.ofInstance + CONNECTIONS.ofOthers}]`,
    ].join('\n'),
  };
}

function migration(service: Service): string {
  const { name } = service;
  const settings = openSettings(service).map((setting) => `      ${setting.name}: '${setting.value}'\n`);
  return `\
  migrate-${name}:
    <<: *migrate
    image: event-bus/${name}
    environment: &${name}-environment
      <<: *service-environment
${settings.join('')}\
    volumes: &${name}-secrets
      - { type: volume, source: secrets, target: /run/secrets, read_only: true, volume: { subpath: ${name} } }`;
}

function serviceAndInstances(service: Service): string {
  const { name, scale } = service;
  const [first, ...others] = portsOf(service);
  const more = others.map((port, index) => furtherInstance(service, index + 1, port)).join('\n');
  const needs = partsUsedBy(service).map((part) => `      ${part}: { condition: service_healthy, required: false }\n`);
  return `\
  ${name}:${scale === undefined ? '' : ` &${name}`}
    <<: *service
    image: event-bus/${name}
    build: { <<: *service-build, args: { APP: ${name} } }
    environment: *${name}-environment
    volumes: *${name}-secrets
    ports: ['127.0.0.1:\${${portVariable(service, 0)}:-${first}}:3000']
    depends_on:
      migrate-${name}: { condition: service_completed_successfully }
      topics: { condition: service_completed_successfully }
${needs.join('')}\
    develop: { watch: [*catalog, *client, *kit, *lock, { action: rebuild, path: apps/${name}/src }] }${
      more === ''
        ? ''
        : `\n\n  # Profile \`scale\`: more instances of the same group, with a share of its partitions.\n${more}`
    }`;
}

function furtherInstance(service: Service, index: number, port: number): string {
  const { name } = service;
  return `\
  ${instanceName(service, index)}:
    <<: *${name}
    profiles: [scale]
    environment: { <<: *${name}-environment, INSTANCE_ID: '${index + 1}' }
    ports: ['127.0.0.1:\${${portVariable(service, index)}:-${port}}:3000']`;
}
