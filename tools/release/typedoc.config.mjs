/** `npm run docs:api`: the API reference of the libraries, of every door that their package.json exports. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const LIBRARIES = ['messaging-client', 'log-broker', 'service-kit'];

/** What is imported, such as `@event-bus/messaging-client/metrics`, by the path of its source. */
const NAMES = new Map(
  LIBRARIES.flatMap((library) => {
    const folder = join(CHECKOUT, 'packages', library);
    /** @type {{ name: string, exports: Record<string, string | Record<string, string>> }} */
    const { name, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return Object.entries(exports).flatMap(([path, target]) =>
      typeof target === 'string' ? [] : [[join(folder, target['@event-bus/source'] ?? ''), join(name, path)]],
    );
  }),
);

/** @param {any} app typedoc's */
function nameModulesAsTheyAreImported({ converter }) {
  converter.on('resolveBegin', (/** @type {any} */ { project }) => {
    for (const module of project.children) {
      module.name = NAMES.get(project.getSymbolIdFromReflection(module).fileName);
    }
  });
}

export default {
  name: 'event-bus',
  entryPoints: [...NAMES.keys()],
  plugin: [nameModulesAsTheyAreImported],
  tsconfig: join(import.meta.dirname, 'tsconfig.api.json'),
  // `npm run check` does, by the version of TypeScript that compiles.
  skipErrorChecking: true,
  out: join(CHECKOUT, '.data', 'api'),
  readme: 'none',
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  // A reader has nothing but this, so what is exported says what it is.
  validation: { notDocumented: true, notExported: false, invalidLink: true, rewrittenLink: true },
  packagesRequiringDocumentation: LIBRARIES.map((library) => `@event-bus/${library}`),
  // Methods and objects of kafkajs.
  intentionallyNotDocumented: [
    'Cluster.connect',
    'Cluster.disconnect',
    'Cluster.addMultipleTargetTopics',
    'Cluster.refreshMetadata',
    'Cluster.findLeaderForPartitions',
    'Cluster.findBroker',
    'Cluster.findGroupCoordinator',
    'Cluster.findTopicPartitionMetadata',
    'Cluster.fetchTopicsOffset',
    'Partitioners',
  ].map((name) => `@event-bus/messaging-client/inspect.${name}`),
  requiredToBeDocumented: ['Class', 'Enum', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  treatValidationWarningsAsErrors: true,
};
