import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { NAMES_OF_OTHERS } from '../../services/other-parts.ts';
import { Problem } from '../../set-up/problem.mjs';
import type { Command } from '../command.ts';
import { pathsOf } from '../git.ts';
import { requireKebab } from '../names.ts';
import { GENERATE } from '../plan.ts';
import type { Step } from '../plan.ts';
import { renamer } from './names-of-project.ts';
import type { ProjectName } from './names-of-project.ts';

/** Names of Kubernetes objects have 63 characters, and up to half of them follow the project's. */
const PROJECT_CHARACTERS_MAX = 30;
const SCOPE_CHARACTERS_MAX = 40;

/** Whose copyright it is does not change with the name. */
const KEPT = /^(LICENSE|NOTICE)/;

const LINK: Step = { command: 'linking the workspaces', args: ['tools/set-up/link-workspaces.mjs'] };
const FORMAT: Step = { command: 'npx oxfmt', args: ['node_modules/oxfmt/bin/oxfmt'] };

export const rename: Command = {
  name: 'rename',
  summary:
    'Gives this copy its own scope and name everywhere: packages, containers, Kubernetes, settings, texts, documents.',
  example: '@acme/shop',
  values: [{ option: 'name', question: 'Scope and name, as in @acme/shop', check: (name) => void parseName(name) }],
  plan: async (root, given) => {
    const from = currentName(root);
    const to = parseName(given['name']!);
    requireOwn(root, from, to);
    const renamed = renamer(from, to);
    const changes = new Map<string, string | undefined>();
    for (const path of pathsOf(root).filter((one) => !KEPT.test(basename(one)))) {
      const content = readFileSync(join(root, path));
      if (content.includes(0)) continue;
      const text = content.toString('utf8');
      const [newPath, newText] = [renamed(path), inOrder(path, renamed(text))];
      if (newPath === path && newText === text) continue;
      if (newPath !== path) changes.set(path, undefined);
      changes.set(newPath, newText);
    }
    return {
      changes,
      // The whole checkout: a change of before could not be told from those of this command.
      generated: [''],
      steps: [LINK, FORMAT, GENERATE],
      next: [
        'LICENSE and NOTICE keep the names of their authors; add yours.',
        'Do this before the first deployment: names of containers, of Kubernetes objects and of metrics and traces are others now.',
        'Check it: npm run check && npm test',
      ],
    };
  },
};

/** `@acme/shop`. @throws Problem */
function parseName(text: string): ProjectName {
  const [, scope, project] = /^@([^/]*)\/([^/]*)$/.exec(text) ?? [];
  if (scope === undefined || project === undefined) {
    throw new Problem(`"${text}" is not a scope and a name`, 'For example: npm run rename -- @acme/shop');
  }
  requireKebab('a scope', scope, SCOPE_CHARACTERS_MAX);
  requireKebab('a project', project, PROJECT_CHARACTERS_MAX);
  return { scope, project };
}

function currentName(root: string): ProjectName {
  const nameIn = (path: string): string =>
    (JSON.parse(readFileSync(join(root, path), 'utf8')) as { name: string }).name;
  const [, scope = ''] = /^@([^/]+)\//.exec(nameIn('packages/event-catalog/package.json')) ?? [];
  return { scope, project: nameIn('package.json') };
}

/** @throws Problem when a name is this copy's already, or that of something else in it */
function requireOwn(root: string, from: ProjectName, to: ProjectName): void {
  if (from.scope === to.scope && from.project === to.project) {
    throw new Problem(`this copy is named @${to.scope}/${to.project} already`, 'Choose another name.');
  }
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: object };
  const paths = Object.keys(packages);
  if (to.scope !== from.scope && paths.some((path) => path.includes(`node_modules/@${to.scope}/`))) {
    throw new Problem(
      `@${to.scope} is the scope of packages that are installed`,
      'Choose the scope of your own packages.',
    );
  }
  const workspaces = paths.filter((path) => !path.includes('node_modules/')).map((path) => basename(path));
  if (to.project !== from.project && (NAMES_OF_OTHERS.has(to.project) || workspaces.includes(to.project))) {
    throw new Problem(`a part of the system is named ${to.project}`, 'Choose another name for the project.');
  }
}

/** What is in alphabetical order in files of npm, in that of the new names. */
function inOrder(path: string, text: string): string {
  const file = basename(path);
  if (file !== 'package.json' && file !== 'package-lock.json') return text;
  const content = JSON.parse(text) as Record<string, object>;
  const fields = file === 'package.json' ? DEPENDENCIES : ['packages'];
  for (const field of fields.filter((one) => content[one] !== undefined)) content[field] = sorted(content[field]!);
  for (const entry of Object.values((content['packages'] ?? {}) as Record<string, Record<string, object>>)) {
    for (const field of DEPENDENCIES.filter((one) => entry[one] !== undefined)) entry[field] = sorted(entry[field]!);
  }
  return `${JSON.stringify(content, null, 2)}\n`;
}

const DEPENDENCIES = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

function sorted(entries: object): object {
  // As npm does.
  return Object.fromEntries(Object.entries(entries).toSorted(([one], [other]) => one.localeCompare(other, 'en')));
}
