/**
 * Tests against a composed system of their own, on free ports, beside whatever else is running:
 *
 *     npm run test:compose            the end-to-end tests, on one Apache Kafka
 *     npm run test:embedded           the tour, and the whole path of sign-ups and orders, on log-broker
 *     npm run test:secure             TLS and logins everywhere; wrong passwords, certificates that have expired
 *     npm run test:embedded-secure    the same, on log-broker
 *     npm run test:cluster            losing brokers, on three; sharing work among three mail-services
 *
 * Arguments go to vitest. E2E_KEEP=1 leaves the system up and prints how to inspect and how to stop it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { done, note, seconds, trouble } from '../start/screen.ts';
import { Compose, docker } from './docker.ts';
import { freePorts } from './free-ports.ts';

/** Containers come back slower than processes: a test that kills six of them takes its time. */
const TEST_TIMEOUT_MS = 600_000;

const LANES = {
  compose: { profile: 'kafka', copies: '1', vitest: ['--project', 'e2e'] },
  embedded: {
    profile: 'embedded',
    copies: '1',
    vitest: ['--project', 'e2e', 'e2e/compose/containers.e2e.spec.ts', 'e2e/the-whole-path.e2e.spec.ts'],
  },
  secure: { profile: 'secure', copies: '1', vitest: ['--config', 'e2e/secure/vitest.config.ts'] },
  'embedded-secure': { profile: 'embedded-secure', copies: '1', vitest: ['--config', 'e2e/secure/vitest.config.ts'] },
  cluster: { profile: 'cluster', copies: '3', vitest: ['--config', 'e2e/cluster/vitest.config.ts'] },
} as const;

const [name = '', ...vitestArguments] = process.argv.slice(2);
const lane = Object.hasOwn(LANES, name) ? LANES[name as keyof typeof LANES] : undefined;
if (lane === undefined) {
  console.error(`usage: node tools/compose/test.ts ${Object.keys(LANES).join('|')} [arguments for vitest]`);
  process.exit(2);
}

const project = `event-bus-test-${name}`;
const env = {
  ...(await freePorts()),
  COMPOSE_PROFILES: lane.profile,
  // Not the network of a system that was started by hand.
  BROKERS_NETWORK: '198.19.92',
  KAFKA_REPLICATION_FACTOR: lane.copies,
  // Tests look for what the services log at this level, in this format.
  LOG_LEVEL: 'info',
  LOG_FORMAT: 'json',
};
const compose = new Compose({ project, env });

// An interrupt reaches vitest and docker, too; what remains is to clean up after them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

try {
  docker('version');
} catch {
  trouble('no Docker engine answers: `docker version` fails');
  process.exit(1);
}

try {
  await forget();
  const startedAt = performance.now();
  note(`starting the composed system ${project} with profile ${lane.profile}`);
  await compose.show('up', '--detach', '--wait', '--build', '--quiet-pull');
  done(`ready after ${seconds(performance.now() - startedAt)}`);
  process.exitCode = await vitest([...lane.vitest, ...vitestArguments]);
} catch (error) {
  trouble(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  if (process.env['E2E_KEEP']) {
    note(`left running: docker compose -p ${project} logs; docker compose -p ${project} --profile "*" down -v`);
  } else {
    await forget();
  }
}

/** Also of a run that was killed. */
async function forget(): Promise<void> {
  await compose.run('--profile', '*', 'down', '--volumes', '--timeout', '5');
}

async function vitest(args: readonly string[]): Promise<number> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, 'node_modules/vitest/vitest.mjs', 'run', `--testTimeout=${TEST_TIMEOUT_MS}`, ...args],
    { stdio: 'inherit', env: { ...process.env, ...env, E2E_COMPOSE_PROJECT: project } },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
