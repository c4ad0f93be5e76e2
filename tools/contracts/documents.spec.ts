import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allPaths, CHECKOUT } from '../tidy/repository-files.ts';
import { GENERATED_FOLDERS } from './document-paths.ts';
import { makeDocuments } from './make-documents.ts';

const documents = makeDocuments();

test.each([...documents])(
  '%s is what the catalog says; npm run contracts -- documents writes it',
  async (path, text) => {
    await expect(text).toMatchFileSnapshot(join(CHECKOUT, path));
  },
);

test('no generated file is left of an event that no longer exists', () => {
  const committed = allPaths().filter((path) => GENERATED_FOLDERS.some((folder) => path.startsWith(`${folder}/`)));
  expect(committed.filter((path) => !documents.has(path))).toEqual([]);
});
