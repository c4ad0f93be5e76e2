import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../set-up/problem.mjs';
import type { Command } from '../command.ts';
import { definedEvents, INDEX, removeFromIndex, removeTopic, topicsIn, TOPICS } from '../event/catalog-files.ts';
import type { DefinedEvent } from '../event/catalog-files.ts';
import { formatted } from '../format.ts';
import { pathsOf } from '../git.ts';
import { camel, pascal } from '../names.ts';
import { ACCEPT, GENERATE } from '../plan.ts';
import { nameOfService, requireServiceName } from './new-service.ts';
import { tableOf } from './service-source.ts';
import { GENERATED, LOCKFILE, removeFromLockfile, removeFromRetention, RETENTION } from './shared-files.ts';

const KEEP_EVENTS = 'keep-events';

type Changes = ReadonlyMap<string, string | undefined>;

export const removeService: Command = {
  name: 'remove:service',
  summary: 'Removes a service: its folder, the events that it alone publishes, and what is generated from both.',
  example: 'invoice',
  values: [
    { option: 'name', question: 'Name of the service', check: (name) => requireServiceName(nameOfService(name)) },
  ],
  flags: { [KEEP_EVENTS]: 'leave its events in the catalog, for consumers that stay' },
  plan: async (root, given, flags) => {
    const name = nameOfService(given['name']!);
    requireServiceName(name);
    const folder = `apps/${name}`;
    if (!existsSync(join(root, folder, 'service.json'))) {
      throw new Problem(`no service is named ${name}`, 'The services are the folders of apps with a service.json.');
    }
    const retention = removeFromRetention(root, tableOf(name), name);
    const files = pathsOf(root).filter((path) => path.startsWith(`${folder}/`));
    return {
      changes: new Map<string, string | undefined>([
        ...files.map((path): [string, undefined] => [path, undefined]),
        ...(flags.has(KEEP_EVENTS) ? [] : await withoutEventsOf(root, name)),
        [LOCKFILE, removeFromLockfile(root, name)],
        [RETENTION, retention],
      ]),
      generated: GENERATED,
      removedFolders: [folder],
      steps: [GENERATE, ACCEPT],
      next: [
        'Its database stays.',
        ...(retention.includes(name) ? [`Remove the rows of ${name} that you added in ${RETENTION} by hand.`] : []),
      ],
    };
  },
};

/** The catalog without the events of which the service is the owner. @throws Problem that names who else needs one */
async function withoutEventsOf(root: string, service: string): Promise<Changes> {
  const events = definedEvents(root).filter(({ owner }) => owner === service);
  if (events.length === 0) return new Map();
  const uses = usesOf(root, events, service);
  if (uses.length > 0) {
    throw new Problem(
      `events of ${service} are used elsewhere: ${uses.join('; ')}`,
      `Change that first, or keep the events in the catalog with --${KEEP_EVENTS}.`,
    );
  }
  const [index, topics] = [INDEX, TOPICS].map((file) => readFileSync(join(root, file), 'utf8')) as [string, string];
  const others = definedEvents(root).filter(({ owner }) => owner !== service);
  const unused = topicsIn(topics).filter(
    ({ constant }) => events.some(({ topic }) => topic === constant) && !others.some(({ topic }) => topic === constant),
  );
  const lists = new Map([
    [INDEX, events.reduce((text, { name }) => removeFromIndex(text, name), index)],
    [TOPICS, unused.reduce((text, { name }) => removeTopic(text, name), topics)],
  ]);
  for (const [path, text] of lists) lists.set(path, await formatted(root, path, text));
  return new Map<string, string | undefined>([...events.flatMap((event) => filesOf(root, event)), ...lists]);
}

/** The definition of the event and its contracts; other documents are generated. */
function filesOf(root: string, { name, path }: DefinedEvent): [path: string, removed: undefined][] {
  const contracts = pathsOf(root).filter((one) => /^contracts\/(.*)\.v\d+\.json$/.exec(one)?.[1] === name);
  return [path, ...contracts].map((one) => [one, undefined]);
}

/** `order.completed by mail-service`, of each event that the code of another app, of a test or of a tool names. */
function usesOf(root: string, events: readonly DefinedEvent[], service: string): string[] {
  const sources = pathsOf(root).filter(
    (path) =>
      /\.tsx?$/.test(path) && !path.startsWith(`apps/${service}/`) && !path.startsWith('packages/event-catalog/'),
  );
  return events.flatMap(({ name }) => {
    const named = new RegExp(`\\b(${camel(name)}|${pascal(name)})\\b`);
    const users = sources
      .filter((path) => named.test(readFileSync(join(root, path), 'utf8')))
      .map((path) => /^apps\/([^/]+)\//.exec(path)?.[1] ?? path);
    return users.length === 0 ? [] : [`${name} by ${[...new Set(users)].join(', ')}`];
  });
}
