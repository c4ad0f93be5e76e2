import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { allPaths, filesOf } from '../tidy/repository-files.ts';

/** What stands for a folder in docs/glossary.md. */
const SHORT: Readonly<Record<string, string>> = {
  client: 'packages/messaging-client/src',
  broker: 'packages/log-broker/src',
  catalog: 'packages/event-catalog/src',
};
/** `npm start` writes it. What lies in `.data/` is not looked for either. */
const MADE_AT_RUN_TIME = 'stack.json';

const paths = allPaths();
const folders = paths.flatMap((path) =>
  path.split('/').map((_, depth, parts) => `${parts.slice(0, depth).join('/')}/`),
);
/** A file or folder may be named by the end of its path, as in `consume/lanes.ts`. */
const ends = new Set(
  [...paths, ...folders].flatMap((path) => path.split('/').map((_, depth, parts) => parts.slice(depth).join('/'))),
);

function exists(name: string): boolean {
  const [first = '', ...rest] = name.split('/');
  return ends.has(first in SHORT ? [SHORT[first], ...rest].join('/') : name) || name === MADE_AT_RUN_TIME;
}

test('documents name files and folders that exist', () => {
  const named = filesOf(/\.md$/).flatMap(({ path, text }) =>
    [...text.matchAll(/`((?:\w[\w.-]*\/)+|(?:\w[\w.-]*\/)*\w[\w.-]*\.(?:ts|mjs|sh|ya?ml|md|json))`/g)].map(
      ([, name]) => [path, name!] as const,
    ),
  );
  expect(named.length).toBeGreaterThan(200);
  expect(named.filter(([, name]) => !exists(name))).toEqual([]);
});

test('documents link to headings that exist', () => {
  const documents = new Map(filesOf(/\.md$/).map(({ path, text }) => [path, text]));
  const dead = [...documents].flatMap(([path, text]) =>
    [...text.matchAll(/\]\(([^)#\s:]*)#([^)\s]+)\)/g)].flatMap(([, file, anchor]) => {
      const target = documents.get(file === '' ? path : join(dirname(path), file!));
      return target !== undefined && anchorsOf(target).includes(anchor!) ? [] : [`${path}: ${file}#${anchor}`];
    }),
  );
  expect(dead).toEqual([]);
});

/** As GitHub makes them: lower case, spaces as hyphens, without punctuation. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
