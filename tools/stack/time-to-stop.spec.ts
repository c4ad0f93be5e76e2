import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { DRAIN_MS_MAX, LEAVE_MS_MAX } from '../../packages/messaging-client/src/limits.ts';
import { serviceEnv } from '../../packages/service-kit/src/config/service-env.ts';
import { HTTP_DRAIN_MS_MAX, SHUTDOWN_TIMEOUT_MS_DEFAULT } from '../../packages/service-kit/src/limits.ts';
import { SERVICE_STOP_WITHIN_MS } from './parts/services.ts';
import { SERVICES } from './services.ts';
import { CHECKOUT } from './spawn-node.ts';

/** For the relay and the connections, which close last. */
const CLOSE_MS = 4_000;

/** Endpoints take a few seconds to forget an instance that is being ended. */
const ENDPOINTS_MS = 5_000;

const read = (...path: string[]): string => readFileSync(join(CHECKOUT, ...path), 'utf8');
const given = serviceEnv.SHUTDOWN_TIMEOUT_MS.parse(undefined);

test('a service gives itself the bounds of all that it finishes, one after the other', () => {
  expect(given).toBe(SHUTDOWN_TIMEOUT_MS_DEFAULT);
  expect(given).toBeGreaterThanOrEqual(DRAIN_MS_MAX + 2 * LEAVE_MS_MAX + CLOSE_MS);
  expect(given).toBeGreaterThanOrEqual(HTTP_DRAIN_MS_MAX + CLOSE_MS);
});

test('npm start waits longer for a service than the service takes', () => {
  expect(SERVICE_STOP_WITHIN_MS).toBeGreaterThan(given);
});

test.each(SERVICES)('compose and Kubernetes wait longer for %s than it takes', (name) => {
  const { services } = parse(read('docker-compose.yml'), { merge: true, maxAliasCount: -1 }) as {
    services: Record<string, { stop_grace_period: string }>;
  };
  expect(services[name]!.stop_grace_period).toMatch(/^\d+s$/);
  expect(parseInt(services[name]!.stop_grace_period) * 1_000).toBeGreaterThan(given);

  const manifests = parseAllDocuments(read('deploy', 'kubernetes', 'base', `${name}.yaml`)).map(
    (document) => document.toJS() as { kind: string; spec: { template: { spec: object } } },
  );
  const deployment = manifests.find(({ kind }) => kind === 'Deployment')!;
  const { terminationGracePeriodSeconds } = deployment.spec.template.spec as { terminationGracePeriodSeconds: number };
  expect(terminationGracePeriodSeconds * 1_000).toBeGreaterThanOrEqual(given + ENDPOINTS_MS);
});
