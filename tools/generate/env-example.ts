import { z } from 'zod';
import { portsOf } from '../services/read-manifests.ts';
import type { Service } from '../services/read-manifests.ts';
import { portVariable } from './names.ts';

/** Of a setting, what `.meta()` says. */
interface Described {
  readonly description?: string;
  readonly example?: unknown;
}

export interface Section {
  readonly title: string;
  readonly settings: Readonly<Record<string, z.ZodType>>;
}

/** What docker-compose.yml lets one choose, by name. Values are the file's own. */
const composeSettings = (services: readonly Service[]): Readonly<Record<string, string>> => ({
  LOG_LEVEL: 'How much the services log.',
  LOG_FORMAT: 'How the services log: json or text.',
  LOG_PERSONAL_DATA: 'Whether their log lines may contain personal data.',
  KAFKA_DRIVER: 'The library by which services speak with the broker: kafkajs or platformatic.',
  KAFKA_REPLICATION_FACTOR: 'Copies of the topics that services make; -1 leaves it to the broker.',
  CONSOLE_PORT: 'Ports on the loopback address.',
  ...Object.fromEntries(services.map((service) => [portVariable(service, 0), ''])),
  ...Object.fromEntries(
    services
      .flatMap((service) =>
        portsOf(service)
          .map((_, index) => portVariable(service, index))
          .slice(1),
      )
      .map((variable, index) => [variable, index === 0 ? 'Profile scale.' : '']),
  ),
  POSTGRES_PORT: '',
  SMTP_PORT: '',
  INBOX_PORT: '',
  SMS_GATEWAY_PORT: '',
  KAFKA_PORT: 'Profiles kafka, secure, scale, tools, observability.',
  LOG_BROKER_HEALTH_PORT: 'Profile embedded.',
  KAFKA_1_PORT: 'Profile cluster.',
  KAFKA_2_PORT: '',
  KAFKA_3_PORT: '',
  BROKERS_NETWORK: 'Where the three talk to each other: the first three numbers of a range that is free.',
  KAFKA_UI_PORT: 'Profile tools.',
  PROMETHEUS_PORT: 'Profile observability.',
  GRAFANA_PORT: '',
  JAEGER_PORT: '',
  OTLP_PORT: '',
  CERTIFICATE_DAYS: 'Profile secure. How long certificates are good for; 0 makes some that have expired.',
});

const HEADER = `\
# Every setting there is. Generated from the schemas that read them (apps/*/src/config.ts) and from docker-compose.yml:
#
#     npm run generate
#
# A line without # has to be set where the service runs. One with # may be left out; it shows the default, or an example.
`;

/** The text of \`.env.example\`. */
export function envExample(sections: readonly Section[], composeFile: string, services: readonly Service[]): string {
  const blocks = sections.map(({ title, settings }) =>
    [heading(title), ...Object.entries(settings).map(([name, schema]) => describe(name, schema))].join('\n\n'),
  );
  return (
    [HEADER, ...blocks, describeCompose(composeFile, composeSettings(services))]
      .join('\n\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trimEnd() + '\n'
  );
}

/** Everything that belongs to a schema but not to these. */
export function without(schema: z.ZodObject, ...shared: readonly Section['settings'][]): Section['settings'] {
  const known = new Set(shared.flatMap((settings) => Object.keys(settings)));
  return Object.fromEntries(Object.entries(schema.shape).filter(([name]) => !known.has(name)));
}

function heading(title: string): string {
  return `# ── ${title} ${'─'.repeat(Math.max(3, 110 - title.length))}`;
}

function describe(name: string, schema: z.ZodType): string {
  const { description, example } = (schema.meta() ?? {}) as Described;
  if (description === undefined || typeof example !== 'string') {
    throw new Error(`${name} has no description, or no example, in its .meta()`);
  }
  // Nothing given, and nothing missed: it has a default, or may be left out.
  const needed = !schema.safeParse(undefined).success;
  return `# ${description}\n${needed ? '' : '# '}${name}=${example}`;
}

function describeCompose(composeFile: string, settings: Readonly<Record<string, string>>): string {
  const defaults = new Map(
    [...composeFile.matchAll(/\$\{([A-Z0-9_]+):-([^}]*)\}/g)].map((match) => [match[1]!, match[2]!]),
  );
  const odd = [
    ...[...defaults.keys()].filter((name) => !(name in settings)),
    ...Object.keys(settings).filter((name) => !defaults.has(name)),
  ];
  if (odd.length > 0)
    throw new Error(`docker-compose.yml and tools/generate/env-example.ts differ in ${odd.join(', ')}`);
  const lines = Object.entries(settings).map(
    ([name, description]) => `${description === '' ? '' : `# ${description}\n`}# ${name}=${defaults.get(name)}`,
  );
  return [
    heading('docker compose, for itself'),
    '# Which broker: kafka, cluster, embedded, secure or embedded-secure. A file .env holds this choice already.\nCOMPOSE_PROFILES=kafka',
    lines.join('\n'),
  ].join('\n\n');
}
