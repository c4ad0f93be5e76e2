import type { RepositoryFile } from './repository-files.ts';

const HANDLER = /^\s*@OnEvents?\(/m;
const CLASS = /^export class (\w+)/m;
const CONTROLLERS = /controllers: \[([^\]]*)\]/g;

/**
 * Handlers in the files of apps whose class is in no `controllers` list of a module of that app: such a handler compiles and
 * never runs. Where it is imported as a provider, the service itself does not start.
 */
export function unregisteredHandlers(files: readonly RepositoryFile[]): string[] {
  const registered = new Map<string, string>();
  for (const { path, text } of files.filter(({ path }) => path.endsWith('.module.ts'))) {
    const lists = [...text.matchAll(CONTROLLERS)].map(([, list]) => list).join(' ');
    registered.set(appOf(path), `${registered.get(appOf(path)) ?? ''} ${lists}`);
  }
  return files
    .filter(({ text }) => HANDLER.test(text))
    .filter(({ path, text }) => {
      const name = CLASS.exec(text)?.[1];
      return name === undefined || !new RegExp(`\\b${name}\\b`).test(registered.get(appOf(path)) ?? '');
    })
    .map(({ path }) => `${path} has a handler that is not among the controllers of ${appOf(path)}`);
}

function appOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}
