import 'reflect-metadata';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { ZodType } from 'zod';
import { HealthController } from '../../packages/service-kit/src/health/health.controller.ts';
import { READINESS_CHECK_TIMEOUT_MS } from '../../packages/service-kit/src/limits.ts';
import { MetricsController } from '../../packages/service-kit/src/metrics/metrics.controller.ts';
import { readServices } from '../contracts/read-services.ts';
import { loadService } from '../services/load-service.ts';
import { readManifests } from '../services/read-manifests.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');

/** As Nest routes it. */
function addressOf(controller: { readonly prototype: object }, method: string): string {
  const handler = (controller.prototype as Record<string, object>)[method]!;
  const paths = [Reflect.getMetadata('path', controller), Reflect.getMetadata('path', handler)] as string[];
  return `/${paths.filter((path) => path !== '/').join('/')}`;
}

const FOLDER = join(CHECKOUT, 'deploy', 'kubernetes');
const SERVICES = readManifests().map(({ name }) => name);

// oxlint-disable-next-line typescript/no-explicit-any -- YAML is what it is until it is validated
type Manifest = any;

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
const manifests: { file: string; manifest: Manifest }[] = files
  .filter((file) => !file.endsWith('kustomization.yaml'))
  .flatMap((file) =>
    parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map((document) => ({
      file,
      manifest: document.toJS(),
    })),
  );

function find(kind: string, name: string): Manifest {
  const found = manifests.find(({ manifest }) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} named ${name}`);
  return found.manifest;
}

/** Operators' own kinds have their schemas in the cluster. Here they are held against what the rest expects of them. */
const isOfKubernetes = ({ manifest }: { manifest: Manifest }): boolean =>
  !manifest.apiVersion.includes('.') || manifest.apiVersion.includes('k8s.io');

describe('every manifest of Kubernetes itself fits its schema', () => {
  test.each(manifests.filter(isOfKubernetes).map(({ file, manifest }) => [file, manifest.kind, manifest] as const))(
    '%s: %s',
    async (_, kind, manifest) => {
      const model = `kubernetes-models/${manifest.apiVersion}/${kind}`;
      const { [kind]: Model } = await import(/* @vite-ignore */ model);
      expect(() => new Model(manifest).validate()).not.toThrow();
    },
  );

  test('and the schema rejects a wrong one', async () => {
    const { Deployment } = await import('kubernetes-models/apps/v1/Deployment');
    expect(() => new Deployment({ spec: { replicas: 'two' } } as never).validate()).toThrow('spec');
  });
});

describe("operators' resources", () => {
  const KINDS = ['kafka.strimzi.io/v1 Kafka', 'kafka.strimzi.io/v1 KafkaNodePool', 'postgresql.cnpg.io/v1 Cluster'];
  const theirs = manifests.filter((one) => !isOfKubernetes(one)).map(({ manifest }) => manifest);

  test('are of kinds that their operators have, with a name and a specification', () => {
    expect(new Set(theirs.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`))).toEqual(new Set(KINDS));
    for (const { metadata, spec } of theirs) {
      expect(metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      expect(Object.keys(spec)).not.toEqual([]);
    }
  });

  test('Kafka keeps three copies of which two acknowledge, on three nodes of its pool', () => {
    const { config } = find('Kafka', 'event-bus').spec.kafka;
    const pool = find('KafkaNodePool', 'combined');
    expect(pool.metadata.labels['strimzi.io/cluster']).toBe('event-bus');
    expect(pool.spec.replicas).toBe(config['default.replication.factor']);
    expect(config['min.insync.replicas']).toBe(2);
  });

  test.each(SERVICES)('%s has the database cluster whose Secret it reads', (service) => {
    const { env } = find('Deployment', service).spec.template.spec.containers[0];
    const { name } = env.find((each: Manifest) => each.name === 'DATABASE_URL').valueFrom.secretKeyRef;
    expect(name).toBe(`${find('Cluster', `${service}-database`).metadata.name}-app`);
  });
});

test.each(SERVICES)('%s can start with its settings', async (name) => {
  const { env: schema } = await loadService(name);
  const { env } = find('Deployment', name).spec.template.spec.containers[0];
  // What a Secret may hold.
  const exampleOf = (setting: string): unknown => (schema.shape[setting] as ZodType).meta()?.['example'];
  const given = {
    ...find('ConfigMap', 'event-bus').data,
    ...Object.fromEntries(env.map((each: Manifest) => [each.name, each.value ?? exampleOf(each.name)])),
  };
  expect(schema.safeParse(given).error).toBeUndefined();
});

test('every file is a resource of a kustomization', () => {
  const listed = files
    .filter((file) => file.endsWith('kustomization.yaml'))
    .flatMap((file) => {
      const folder = file.slice(0, -'kustomization.yaml'.length);
      return (parse(readFileSync(join(FOLDER, file), 'utf8')) as { resources: string[] }).resources.map(
        (name) => `${folder}${name}`,
      );
    });
  expect(files.filter((file) => !file.endsWith('kustomization.yaml') && !listed.includes(file))).toEqual([]);
});

describe.each(SERVICES)('%s', (name) => {
  const { spec } = find('Deployment', name).spec.template;
  const [container] = spec.containers;

  test('is probed at the addresses that the services have, on the port that they listen on', () => {
    expect(container.readinessProbe.httpGet.path).toBe(addressOf(HealthController, 'ready'));
    // Neither must depend on a database or a broker: a restart would not bring it back.
    expect(container.livenessProbe.httpGet.path).toBe(addressOf(HealthController, 'live'));
    expect(container.startupProbe.httpGet.path).toBe(addressOf(HealthController, 'live'));
    const port = Number(find('ConfigMap', 'event-bus').data.HTTP_PORT);
    expect(container.ports).toEqual([{ name: 'http', containerPort: port }]);
    for (const probe of ['readinessProbe', 'livenessProbe', 'startupProbe'])
      expect(container[probe].httpGet.port).toBe('http');
  });

  test('has more time for a probe of its readiness than the slowest check takes', () => {
    expect(container.readinessProbe.timeoutSeconds * 1_000).toBeGreaterThan(READINESS_CHECK_TIMEOUT_MS);
  });

  test('is scraped where it has its metrics', () => {
    expect(find('Deployment', name).spec.template.metadata.annotations).toEqual({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': find('ConfigMap', 'event-bus').data.HTTP_PORT,
      'prometheus.io/path': addressOf(MetricsController, 'scrape'),
    });
  });

  test('does not run as root, on a read-only file system', () => {
    expect(spec.securityContext.runAsNonRoot).toBe(true);
    for (const each of [...spec.initContainers, container]) {
      expect(each.securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
      expect(each.resources.limits.memory).toBeDefined();
    }
  });

  test('has its secrets from Secrets', () => {
    const secret = container.env.filter(({ valueFrom }: Manifest) => valueFrom?.secretKeyRef !== undefined);
    expect(secret.map(({ name: variable }: Manifest) => variable)).toContain('DATABASE_URL');
    expect(JSON.stringify(find('ConfigMap', 'event-bus'))).not.toMatch(/password|postgres:\/\//i);
  });

  test('is reached by its Service, and loses one instance at a time', () => {
    const { labels } = find('Deployment', name).spec.template.metadata;
    expect(labels).toMatchObject(find('Service', name).spec.selector);
    const budget = find('PodDisruptionBudget', name).spec;
    expect(labels).toMatchObject(budget.selector.matchLabels);
    expect(budget.maxUnavailable).toBe(1);
    expect(find('Deployment', name).spec.replicas).toBeGreaterThan(budget.maxUnavailable);
  });
});

describe.each(readManifests().filter(({ scale }) => scale !== undefined))('$name', ({ name }) => {
  test('grows with the lag of its group, and not beyond the partitions', async () => {
    const { spec } = find('HorizontalPodAutoscaler', name);
    expect(spec.scaleTargetRef.name).toBe(name);
    const { metric } = spec.metrics[0].external;
    const [documented] = readFileSync(join(CHECKOUT, 'docs', 'metrics.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(`| \`${metric.name}\` |`));
    const labels = Object.keys(metric.selector.matchLabels);
    for (const label of labels) expect(documented).toContain(`\`${label}\``);
    // The group has the name of its service.
    expect(metric.selector.matchLabels).toEqual({ messaging_consumer_group_name: name });
    const { consumes } = (await readServices()).find(({ service }) => service === name)!;
    expect(spec.maxReplicas).toBeLessThanOrEqual(Math.max(...consumes.map(({ topic }) => topic.partitions)));
  });
});

test('the rule of the Prometheus adapter makes the metric of the autoscaler, by labels that it has', () => {
  const autoscaler = manifests.find(({ manifest }) => manifest.kind === 'HorizontalPodAutoscaler')?.manifest;
  const { name, selector } = autoscaler.spec.metrics[0].external.metric;
  const [, text] = /```yaml\n(rules:\n[^`]+)```/.exec(readFileSync(join(FOLDER, 'README.md'), 'utf8'))!;
  const [rule] = parse(text!).rules.external;
  expect(rule.seriesQuery.split('{')[0]).toBe(name);
  const [line] = readFileSync(join(CHECKOUT, 'docs', 'metrics.md'), 'utf8').match(
    new RegExp(`^\\| \`${name}\`.+$`, 'm'),
  )!;
  const groupings = [...rule.metricsQuery.matchAll(/by \(([^)]+)\)/g)].map(([, list]) => list.split(', '));
  expect(groupings.at(-1)).toEqual(Object.keys(selector.matchLabels));
  for (const label of groupings.flat()) expect(line).toContain(`\`${label}\``);
});
