import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messagingEnv } from '@event-bus/messaging-client';
import { serviceEnv } from '@event-bus/service-kit';
import { consoleEnv } from '../../apps/console/src/config.ts';
import { EVENTS_PAGE, GENERATED_FOLDERS } from '../contracts/document-paths.ts';
import { makeDocuments } from '../contracts/make-documents.ts';
import { eventsTable } from '../contracts/make-events-page.ts';
import { readServices } from '../contracts/read-services.ts';
import { checkManifests } from '../services/check-manifests.ts';
import { loadService } from '../services/load-service.ts';
import { CHECKOUT } from '../services/read-manifests.ts';
import type { Service } from '../services/read-manifests.ts';
import { allPaths } from '../tidy/repository-files.ts';
import { envExample, without } from './env-example.ts';
import { metricsPage } from './metrics-page.ts';
import { replaceRegion } from './region.ts';
import { textsOfServices } from './texts-of-services.ts';
import type { Tree } from './texts-of-services.ts';
import type { Files } from './write-files.ts';

/** This repository. */
export const checkout: Tree = {
  read: (path) => readFileSync(join(CHECKOUT, path), 'utf8'),
  list: (folder) => allPaths().filter((path) => path.startsWith(`${folder}/`)),
};

/**
 * Everything that is generated: from the manifests, the event catalog, and the modules and settings of the services.
 * @throws ManifestProblem, or what is wrong with a module
 */
export async function generatedFiles(): Promise<Files> {
  const services = checkManifests();
  const events = await readServices();
  const ofServices = await textsOfServices(services, checkout);
  const documents = makeDocuments(events);
  const architectureTable = `\n${eventsTable(events, EVENTS_PAGE)}\n`;
  const left = GENERATED_FOLDERS.flatMap((folder) => checkout.list(folder)).filter((path) => !documents.has(path));
  return new Map([
    ...ofServices,
    ...documents,
    ...left.map((path): [string, undefined] => [path, undefined]),
    [
      'ARCHITECTURE.md',
      replaceRegion('ARCHITECTURE.md', checkout.read('ARCHITECTURE.md'), 'events', architectureTable),
    ],
    ['docs/metrics.md', await metricsPage(services.map(({ name }) => name))],
    ['.env.example', await settingsPage(services, ofServices.get('docker-compose.yml') ?? '')],
  ]);
}

async function settingsPage(services: readonly Service[], composeFile: string): Promise<string> {
  const shared = [serviceEnv, messagingEnv];
  const own = await Promise.all(
    services.map(async ({ name }) => ({ title: name, settings: without((await loadService(name)).env, ...shared) })),
  );
  return envExample(
    [
      { title: 'every service', settings: serviceEnv },
      { title: 'every service, for the log broker', settings: messagingEnv },
      ...[...own, { title: 'console', settings: without(consoleEnv, ...shared) }].filter(
        ({ settings }) => Object.keys(settings).length > 0,
      ),
    ],
    composeFile,
    services,
  );
}
