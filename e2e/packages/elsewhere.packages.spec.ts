import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createTestDatabase } from '@event-bus/test-kit';
import { Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packPackages } from '../../tools/release/pack-packages.ts';
import type { PackedPackage } from '../../tools/release/pack-packages.ts';
import { run, runOrThrow, start } from '../harness/user-commands.ts';
import { examplesOf } from '../harness/examples-of.ts';

const LOG_BROKER_README = join(import.meta.dirname, '..', '..', 'packages', 'log-broker', 'README.md');
const PNPM = join(import.meta.dirname, '..', '..', 'tools', 'release', 'node_modules', '.bin', 'pnpm');

/** What a user installs beside the packages, in the versions of the repository. */
const OTHERS = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/typeorm',
  '@opentelemetry/api',
  '@types/node',
  'kafkajs',
  'pg',
  'prom-client',
  'reflect-metadata',
  'rxjs',
  'typeorm',
  'typescript',
  'vitest',
  'zod',
];

/** Only the example of log-broker uses it. */
const JEST = '30.5.2';

const KAFKA_PYTHON = 'kafka-python==3.0.12';
const FRANZ_GO = 'github.com/twmb/franz-go@v1.20.0';

const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    rewriteRelativeImportExtensions: true,
    skipLibCheck: true,
    types: ['node'],
    rootDir: '.',
    outDir: 'dist',
  },
  include: ['src', 'test'],
};

const folder = mkdtempSync(join(tmpdir(), 'elsewhere-'));
let packed: PackedPackage[];
beforeAll(async () => {
  packed = await packPackages(join(folder, 'packed'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  { manager: 'npm', install: ['npm', 'install', '--no-audit', '--no-fund'], exec: ['npx'] },
  { manager: 'pnpm', install: [PNPM, 'install', '--prefer-offline'], exec: [PNPM, 'exec'] },
] as const)('installed with $manager in an empty folder', ({ manager, install, exec }) => {
  const project = join(folder, manager);

  beforeAll(async () => {
    writeFiles(project, {
      'package.json': JSON.stringify(manifestOf(packed)),
      'tsconfig.json': JSON.stringify(TSCONFIG),
      'pnpm-workspace.yaml': JSON.stringify({
        // The registry does not have the packages that the packages themselves require.
        overrides: tarballsOf(packed),
        // Telemetry of swagger-ui-dist; pnpm reports an install script that is neither allowed nor ignored.
        ignoredBuiltDependencies: ['@scarf/scarf'],
      }),
      ...Object.assign({}, ...packed.map((each) => examplesOf(join(each.folder, 'README.md')).files)),
    });
    await runOrThrow(project, [...install]);
    await runOrThrow(project, [...exec, 'tsc']);
  });

  test('a NestJS application with an event of its own works on npx log-broker and PostgreSQL', async () => {
    await using broker = await startBroker(project, exec);
    const database = await createTestDatabase();
    try {
      await using app = await start(project, ['node', 'dist/src/app.js'], /listening at (\S+)/, {
        DATABASE_URL: database.url,
        KAFKA_BROKERS: broker.said[1],
        PORT: '0',
      });
      const url = app.said[1]!.replace('[::1]', '127.0.0.1');
      const order = { orderId: crypto.randomUUID(), quantity: 2 };
      const answer = await fetch(`${url}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order),
      });
      expect(answer.status).toBe(201);
      await expect
        .poll(async () => (await fetch(`${url}/reservations`)).json(), { timeout: 60_000 })
        .toEqual([{ order_id: order.orderId, quantity: 2 }]);
    } finally {
      await database.drop();
    }
  });

  test('a service of service-kit becomes ready', async () => {
    await using broker = await startBroker(project, exec);
    const database = await createTestDatabase();
    try {
      await using service = await start(project, ['node', 'dist/src/hello-service.js'], /is ready at ([^"\s]+)/, {
        DATABASE_URL: database.url,
        KAFKA_BROKERS: broker.said[1],
        HTTP_PORT: '0',
      });
      const url = service.said[1]!;
      expect(await (await fetch(`${url}/hello`)).json()).toEqual({ text: 'Hello, world' });
      expect((await fetch(`${url}/docs`)).status).toBe(200);
      expect(await (await fetch(`${url}/metrics`)).text()).toContain('messaging_');
    } finally {
      await database.drop();
    }
  });

  test('npx log-broker answers clients', async () => {
    await using broker = await startBroker(project, exec);
    const admin = new Kafka({ brokers: [broker.said[1]!] }).admin();
    await admin.connect();
    expect(await admin.listTopics()).toEqual([]);
    await admin.disconnect();
  });

  test('suites in vitest and node:test have log-broker as their Kafka', async () => {
    expect(await runOrThrow(project, [...exec, 'vitest', 'run', '--dir', 'test'])).toMatch(/Tests .*1 passed/);
    expect(await runOrThrow(project, ['node', '--test', 'test/topics.node.ts'])).toMatch(/pass 1\n/);
  });

  test('a suite in jest has log-broker as its Kafka', async () => {
    const options = ['--testMatch', '**/test/*.jest.mjs', '--verbose'];
    const jest = ['env', 'NODE_OPTIONS=--experimental-vm-modules', ...exec, 'jest', ...options] as const;
    expect(await runOrThrow(project, [...jest])).toMatch(/Tests: .*1 passed/);
  });

  test.skipIf(!answers('python3', '-m', 'venv', '--help'))('a suite in pytest does (needs python3)', async () => {
    await runOrThrow(project, ['python3', '-m', 'venv', 'python']);
    await runOrThrow(project, ['python/bin/pip', 'install', '--quiet', 'pytest', KAFKA_PYTHON]);
    expect(await runOrThrow(project, ['python/bin/pytest', 'test_orders.py'])).toMatch(/1 passed/);
  });

  test.skipIf(!answers('go', 'version'))('a suite in Go does (needs go)', async () => {
    await runOrThrow(project, ['go', 'mod', 'init', 'orders']);
    await runOrThrow(project, ['go', 'get', FRANZ_GO]);
    await runOrThrow(project, ['go', 'mod', 'tidy']);
    expect(await runOrThrow(project, ['go', 'test', '-v', '.'])).toMatch(/--- PASS: TestAnOrderThatIsSentIsReceived/);
  });

  test('the line for CI starts a broker', async () => {
    const [line = ''] = /^npx log-broker --data .*$/m.exec(readFileSync(LOG_BROKER_README, 'utf8')) ?? [];
    // On a free port, since 9092 may be in use here, and without npx, which leaves the broker running when it is terminated.
    const started = line.replace('npx log-broker', 'node_modules/.bin/log-broker --listen 127.0.0.1:0');
    const script = `touch broker.log; ${started}; cat broker.log; kill $!`;
    expect(await runOrThrow(project, ['bash', '-ec', script])).toMatch(/^ready on 127\.0\.0\.1:\d+$/m);
  });

  test('examples print what their README shows', async () => {
    const outputs = Object.assign(
      {},
      ...packed.map((each) => examplesOf(join(each.folder, 'README.md')).outputs),
    ) as Record<string, string>;
    expect(Object.keys(outputs)).not.toEqual([]);
    for (const [path, output] of Object.entries(outputs)) {
      expect(await runOrThrow(project, ['node', join('dist', path.replace(/ts$/, 'js'))])).toBe(output);
    }
  });

  test.each([
    [
      'an event that is published',
      'this.outbox.append(manager, orderPlaced, order)',
      'this.outbox.append(manager, orderPlaced, { ...order, quantity: "two" })',
    ],
    [
      'the parameter of a handler',
      'reserve({ orderId, quantity }: OrderPlaced',
      'reserve({ orderId, quantity }: { orderId: string; quantity: string }',
    ],
  ])('a wrong type in %s is an error of the compiler', async (_, right, wrong) => {
    const app = join(project, 'src', 'app.ts');
    const source = readFileSync(app, 'utf8');
    expect(source).toContain(right);
    writeFileSync(app, source.replace(right, wrong));
    try {
      const { code, output } = await run(project, [...exec, 'tsc', '--noEmit']);
      expect(code).toBe(1);
      expect(output).toMatch(/^src\/app\.ts.*error TS\d+/m);
      expect(output).toContain("'number'");
    } finally {
      writeFileSync(app, source);
    }
  });
});

function answers(program: string, ...args: string[]): boolean {
  return spawnSync(program, args).status === 0;
}

function startBroker(project: string, exec: readonly [string, ...string[]]) {
  const options = ['--listen', '127.0.0.1:0', '--data', mkdtempSync(join(folder, 'data-'))];
  return start(project, [...exec, 'log-broker', ...options], /^ready on (\S+)/);
}

function manifestOf(packages: readonly PackedPackage[]): object {
  const require = createRequire(import.meta.url);
  const others = OTHERS.map((name) => {
    const path = join(dirname(require.resolve('vitest/package.json')), '..', name, 'package.json');
    return [name, (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version];
  });
  return {
    name: 'elsewhere',
    private: true,
    type: 'module',
    dependencies: { ...Object.fromEntries(others), jest: JEST, ...tarballsOf(packages) },
  };
}

function tarballsOf(packages: readonly PackedPackage[]): Record<string, string> {
  return Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
}

function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
