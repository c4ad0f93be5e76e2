/**
 * Which way imports may go. For each folder: what is in it, from top to bottom, a layer a line. A file imports from its own
 * layer and from those below, never from above. Names that share a line may import one another, as long as they form no
 * cycle. `*` stands for everything that is not named. Specs are not counted. `npm run check` enforces this.
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  '.': ['e2e bench lab', 'tools', 'apps', 'packages'],

  'apps/console/src': [
    'testing main.ts',
    'create-console.ts',
    'console.module.ts',
    'about.controller.ts',
    '*',
    'page security',
    'config.ts http',
    'api.ts control.ts limits.ts',
  ],

  'apps/*/src': ['test testing', 'main.ts', '*.module.ts', '*'],

  'packages/event-catalog/src': ['index.ts', '*', 'topics.ts vocabulary.ts', 'define-event.ts'],

  'packages/log-broker/src': [
    'index.ts',
    'cli.ts',
    'cli-users.ts',
    'start-broker.ts cli-options.ts',
    'cli-listeners.ts',
    'open-broker.ts maintenance.ts',
    'network',
    'requests',
    'settings',
    'broker.ts',
    'config.ts faults.ts',
    'security',
    'transactions',
    'groups',
    'topics',
    'compaction',
    'log',
    'observe storage wire',
    'turns.ts byte-budget.ts',
    'limits.ts',
  ],

  'packages/messaging-client/src': [
    'index.ts migrations.ts testing',
    'nest',
    'stats',
    'metrics',
    'inspect',
    'consume',
    'inbox',
    'dead-letters',
    'parking',
    'handler',
    'outbox',
    'envelope',
    'options.ts config.ts',
    'kafka',
    'database retention',
    'observe',
    'check-definitions.ts',
    'dead-topic.ts event-definition.ts',
    'errors.ts semaphore.ts backoff.ts format-duration.ts',
    'limits.ts',
  ],

  'packages/messaging-client/src/kafka': [
    'load-driver.ts',
    'kafkajs platformatic',
    '*',
    'record-set',
    'driver.ts',
    'record-headers.ts',
    'kafka-settings.ts timeouts.ts strict-utf8.ts',
  ],

  'packages/service-kit/src': [
    'index.ts testing',
    'lifecycle',
    'service-module.ts',
    'service-kit.module.ts dead-letters',
    'admin',
    'traces',
    'config database logs',
    'metrics',
    'health schemas',
    'openapi',
    'idempotency',
    'http email money',
    'limits.ts',
  ],

  tools: [
    'run.mjs doctor.mjs reset.ts',
    'generate',
    'compose check docs',
    'start test doctor',
    'control',
    'bus',
    '*',
    'lockfile services test-kit',
  ],
  bench: ['run.ts', 'benches', 'programs', 'harness'],
  lab: ['run.ts', 'report', 'experiments', 'harness', 'programs', 'systems', 'basics'],
  e2e: ['*', 'harness'],
};
