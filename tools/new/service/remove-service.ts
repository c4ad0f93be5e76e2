import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../../set-up/problem.mjs';
import type { Command } from '../command.ts';
import { pathsOf } from '../git.ts';
import { ACCEPT, GENERATE } from '../plan.ts';
import { nameOfService, requireServiceName } from './new-service.ts';
import { tableOf } from './service-source.ts';
import { GENERATED, LOCKFILE, removeFromLockfile, removeFromRetention, RETENTION } from './shared-files.ts';

export const removeService: Command = {
  name: 'remove:service',
  summary: 'Removes a service: its folder, and what is generated from it.',
  example: 'invoice',
  values: [
    { option: 'name', question: 'Name of the service', check: (name) => requireServiceName(nameOfService(name)) },
  ],
  plan: async (root, given) => {
    const name = nameOfService(given['name']!);
    requireServiceName(name);
    const folder = `apps/${name}`;
    if (!existsSync(join(root, folder, 'service.json'))) {
      throw new Problem(`no service is named ${name}`, 'The services are the folders of apps with a service.json.');
    }
    const files = pathsOf(root).filter((path) => path.startsWith(`${folder}/`));
    return {
      changes: new Map<string, string | undefined>([
        ...files.map((path): [string, undefined] => [path, undefined]),
        [LOCKFILE, removeFromLockfile(root, name)],
        [RETENTION, removeFromRetention(root, tableOf(name), name)],
      ]),
      generated: GENERATED,
      steps: [GENERATE, ACCEPT],
      next: ['Other tables of the service in docs/retention.md are removed by hand. Its database stays.'],
    };
  },
};
