import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, NAME_CHARACTERS_MAX } from '../../services/check-manifests.ts';
import { readManifests } from '../../services/read-manifests.ts';
import { Problem } from '../../set-up/problem.mjs';
import type { Command } from '../command.ts';
import { findEvent } from '../event/catalog-files.ts';
import type { DefinedEvent } from '../event/catalog-files.ts';
import { requireEventName } from '../event/new-event.ts';
import { formatted } from '../format.ts';
import { requireKebab } from '../names.ts';
import { ACCEPT, GENERATE } from '../plan.ts';
import { serviceSources, tableOf } from './service-source.ts';
import { addToLockfile, addToRetention, GENERATED, LOCKFILE, RETENTION } from './shared-files.ts';

/** An app whose versions of the shared dependencies are taken. */
const MODEL = 'apps/order-service/package.json';

export const newService: Command = {
  name: 'new:service',
  summary: 'Adds a service that consumes an event, with its table and its specs.',
  example: 'invoice --hears order.completed --publishes invoice.issued',
  values: [
    { option: 'name', question: 'Name of the service', check: (name) => requireServiceName(nameOfService(name)) },
    { option: 'hears', question: 'Event that it consumes', check: requireEventName },
    { option: 'publishes', question: 'Event that it publishes', optional: true, check: requireEventName },
  ],
  async plan(root, given) {
    const name = nameOfService(given['name']!);
    return {
      changes: await changesForService(root, name, given['hears']!, given['publishes']),
      generated: GENERATED,
      steps: [GENERATE, ACCEPT],
      next: [
        `Run its specs: npm test -- --project unit --project int apps/${name}`,
        `Write what it does in apps/${name}/src/entries, and what it is in apps/${name}/service.json. Then npm run generate.`,
        `See it on the console: npm start. Take it back: npm run remove:service -- ${name}`,
      ],
    };
  },
};

/** `invoice` → `invoice-service` */
export function nameOfService(name: string): string {
  return name.endsWith('-service') ? name : `${name}-service`;
}

export function requireServiceName(name: string): void {
  requireKebab('a service', name, NAME_CHARACTERS_MAX);
}

/** @throws Problem when the service exists, or an event does not */
export async function changesForService(
  root: string,
  name: string,
  consumed: string,
  published?: string,
): Promise<Map<string, string>> {
  requireServiceName(name);
  const folder = `apps/${name}`;
  if (existsSync(join(root, folder))) throw new Problem(`${folder} exists`, 'Choose another name, or remove it first.');
  const consumes = eventOf(root, consumed);
  const publishes = published === undefined ? undefined : eventOf(root, published, name);
  const port = freePort(readManifests(root));
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, MODEL), 'utf8')) as Dependencies;
  const { zod: _, ...needed } = dependencies;
  const manifest = {
    name: `@event-bus/${name}`,
    version: '0.1.0',
    private: true,
    description: `Consumes ${consumed}.`,
    license: 'MIT',
    type: 'module',
    scripts: { build: 'tsc -b tsconfig.build.json' },
    dependencies: needed,
    devDependencies: { '@event-bus/test-kit': devDependencies['@event-bus/test-kit'] },
  };
  const changes = new Map([
    [`${folder}/package.json`, JSON.stringify(manifest)],
    [`${folder}/tsconfig.build.json`, readFileSync(join(root, 'apps/order-service/tsconfig.build.json'), 'utf8')],
    [
      `${folder}/service.json`,
      JSON.stringify({
        description: { en: `Consumes \`${consumed}\``, ko: `\`${consumed}\` 처리` },
        port,
        settings: [],
      }),
    ],
    ...serviceSources({ name, port, consumes, publishes }).map(([path, text]): [string, string] => [
      `${folder}/src/${path}`,
      text,
    ]),
  ]);
  for (const [path, text] of changes) changes.set(path, await formatted(root, path, text));
  changes.set(LOCKFILE, addToLockfile(root, name, manifest));
  changes.set(RETENTION, addToRetention(root, tableOf(name), name));
  return changes;
}

interface Dependencies {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function eventOf(root: string, name: string, publisher?: string): DefinedEvent {
  requireEventName(name);
  const event = findEvent(root, name);
  if (event === undefined) {
    const owner = publisher === undefined ? '' : ` --owner ${publisher}`;
    throw new Problem(`the event ${name} does not exist`, `Add it first: npm run new:event -- ${name}${owner}`);
  }
  if (publisher !== undefined && event.owner !== publisher && event.owner !== 'any') {
    throw new Problem(`${name} is published by ${event.owner}, not by ${publisher}`, `Its owner is in ${event.path}.`);
  }
  return event;
}
