import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MANIFESTS } from '../stack/services.ts';
import { readDataSources, readPrometheusConfig } from './observability-files.ts';

const SERVICES = MANIFESTS.map(({ name }) => name);

const CHECKOUT = join(import.meta.dirname, '..', '..');

interface ComposeService {
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly volumes?: ReadonlyArray<string | object>;
  readonly ports?: readonly string[];
}

const { services } = parse(readFileSync(join(CHECKOUT, 'docker-compose.yml'), 'utf8'), {
  merge: true,
  maxAliasCount: -1,
}) as { services: Record<string, ComposeService> };

const parts = ['prometheus', 'grafana', 'jaeger'] as const;

describe('the profile observability', () => {
  it('has Prometheus, Grafana and Jaeger, each on the loopback address of a port that can be chosen', () => {
    const only = Object.entries(services).filter(([, { profiles = [] }]) => profiles.join() === 'observability');
    expect(only.map(([name]) => name)).toEqual(parts);
    const ports = only.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !/^127\.0\.0\.1:\$\{[A-Z_]+_PORT:-\d+\}:\d+$/.test(port))).toEqual([]);
  });

  it('has a broker and a mail server, as every profile that is started alone', () => {
    for (const name of ['kafka', 'maildev']) expect(services[name]!.profiles).toContain('observability');
  });

  it.each(parts)('mounts files into %s that exist, and cannot change them', (name) => {
    const mounted = (services[name]!.volumes ?? []).filter(
      (volume) => typeof volume === 'string' && volume.startsWith('.'),
    );
    for (const volume of mounted as string[]) {
      const [path, , mode] = volume.split(':');
      expect(existsSync(join(CHECKOUT, path!)), volume).toBe(true);
      expect(mode, volume).toBe('ro');
    }
  });

  it('has no password of Grafana in the file: the generated one is read from the secrets', () => {
    const passwords = Object.entries(services['grafana']!.environment!).filter(([name]) => name.includes('PASSWORD'));
    expect(passwords).toEqual([['GF_SECURITY_ADMIN_PASSWORD__FILE', '/run/secrets/admin']]);
    expect(readFileSync(join(CHECKOUT, 'infra', 'secrets', 'make-secrets.sh'), 'utf8')).toContain(
      '/secrets/grafana/admin',
    );
  });

  it('scrapes services of this file, where they listen', () => {
    const jobs = readPrometheusConfig().scrape_configs;
    const fixed = jobs.flatMap(({ static_configs = [] }) => static_configs.flatMap(({ targets }) => targets));
    const found = jobs.flatMap(({ dns_sd_configs = [] }) =>
      dns_sd_configs.flatMap(({ names, port }) => names.map((name) => `${name}:${port}`)),
    );
    const listening = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name}:${port.split(':').at(-1)}`),
    );
    expect([...fixed, ...found].filter((target) => !listening.includes(target))).toEqual([]);
    expect(fixed.map((target) => target.split(':')[0])).toEqual(SERVICES);
  });

  it('has data sources that are services of this file', () => {
    const hosts = readDataSources().map(({ url }) => new URL(url).hostname);
    expect(hosts.filter((host) => !(host in services))).toEqual([]);
  });

  it.each(SERVICES)('passes an address for traces on to %s if there is one, and nothing else', (name) => {
    // Without a value Compose takes it from its own environment, or leaves it out.
    expect(services[name]!.environment).toHaveProperty('OTEL_EXPORTER_OTLP_ENDPOINT', null);
  });
});
