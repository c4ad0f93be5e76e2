import { execFileSync } from 'node:child_process';
import { Kafka, logLevel } from 'kafkajs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ComposedSystem } from '../../tools/compose/composed-system.ts';
import { Compose, docker } from '../../tools/compose/docker.ts';
import { SERVICES } from '../../tools/stack/services.ts';

/** Of a service in the file as Compose understands it, what is looked at here. */
interface Definition {
  readonly image: string;
  readonly mem_limit?: string;
  readonly logging?: { readonly options?: { readonly 'max-size'?: string } };
  readonly ports?: readonly { readonly host_ip?: string; readonly published?: string }[];
  readonly healthcheck?: object;
  readonly restart?: string;
}

const TOPIC_RESOURCE = 2;
const LOG_BROKER_BYTES_MAX = 15_000_000;
const project = process.env['E2E_COMPOSE_PROJECT'];
const compose = new Compose({ project });

const inspect = (part: string, format: string): string =>
  docker('inspect', '--format', format, compose.runSync('ps', '--all', '--quiet', part));

// There are containers to look at when `npm run test:compose` has started them.
describe.skipIf(project === undefined)('the composed system', () => {
  let system: ComposedSystem;
  let services: [string, Definition][];

  beforeAll(async () => {
    system = await ComposedSystem.find(compose);
    const file = await compose.run('--profile', '*', 'config', '--format', 'json');
    services = Object.entries((JSON.parse(file) as { services: Record<string, Definition> }).services);
  });

  it('gives the tour of npm start', () => {
    const output = execFileSync(process.execPath, ['tools/compose/tour.ts', '--compose', '--project', project!], {
      encoding: 'utf8',
    });
    expect(output).toContain('every step happened, in containers');
  });

  it('bounds memory and logs of everybody, and is reached from this machine alone', () => {
    for (const [name, { mem_limit, logging, ports = [] }] of services) {
      expect(Number(mem_limit), name).toBeGreaterThan(0);
      expect(logging?.options?.['max-size'], name).toBeDefined();
      for (const { host_ip } of ports) expect(host_ip, name).toBe('127.0.0.1');
    }
    const published = services.flatMap(([, { ports = [] }]) => ports.map((port) => port.published));
    expect(published).not.toContain(undefined);
  });

  it('names a version of every image that is not its own', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/^event-bus\/|:v?\d/);
  });

  it.runIf(process.env['COMPOSE_PROFILES'] === 'embedded')('adds at most 15 MB to the base image of log-broker', () => {
    // sms-gateway runs in the base image itself, so it is here.
    const bytesOf = (image: string): number => Number(docker('image', 'inspect', '--format', '{{.Size}}', image));
    expect(bytesOf('event-bus/log-broker') - bytesOf('node:24-slim')).toBeLessThanOrEqual(LOG_BROKER_BYTES_MAX);
  });

  it.each(SERVICES)('%s shows no password, does not run as root, and cannot write', (service) => {
    const password = new URL(system.databaseUrl(service)).password;
    expect(password.length).toBeGreaterThan(20);
    expect(inspect(service, '{{json .}}')).not.toContain(password);
    expect(inspect(service, '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}')).toBe(
      'node true [ALL]',
    );
  });

  it.each(SERVICES)('%s may not connect to the database of another', async (service) => {
    const other = service === 'mail-service' ? 'member_service' : 'mail_service';
    const url = new URL(system.databaseUrl(service));
    const querying = compose.run(
      'exec',
      '-T',
      '-e',
      `PGPASSWORD=${url.password}`,
      'postgres',
      'psql',
      '-h',
      'postgres',
      '-U',
      url.username,
      other,
    );
    await expect(querying).rejects.toThrow('permission denied for database');
  });

  it('reports a topic that differs from the catalog, and leaves it as it is', async () => {
    const kafka = new Kafka({ brokers: [...system.brokers], clientId: 'e2e-compose', logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    const setRetention = async (value: string): Promise<void> => {
      const resource = { type: TOPIC_RESOURCE, name: 'mail', configEntries: [{ name: 'retention.ms', value }] };
      await admin.alterConfigs({ validateOnly: false, resources: [resource] });
    };
    const oneWeek = String(7 * 24 * 60 * 60 * 1000);
    await setRetention('86400000');
    try {
      const differs = await compose.run('run', '--rm', '--no-deps', '-T', 'topics');
      expect(differs).toContain('mail: DIFFERS, left as it is');
      expect(differs).toContain(`retention.ms: 86400000, defined as ${oneWeek}`);
      expect(await compose.run('run', '--rm', '--no-deps', '-T', 'topics')).toContain('DIFFERS');
    } finally {
      await setRetention(oneWeek);
      await admin.disconnect();
    }
    expect(await compose.run('run', '--rm', '--no-deps', '-T', 'topics')).toContain('mail: as defined');
  });

  it('stops a service in order on SIGTERM', async () => {
    await compose.run('stop', 'member-service');
    expect(inspect('member-service', '{{.State.ExitCode}}')).toBe('0');
    expect(await compose.run('logs', '--no-log-prefix', '--tail', '5', 'member-service')).toContain('"msg":"stopped"');
    await compose.run('up', '--detach', '--wait', '--no-deps', 'member-service');
  });
});
