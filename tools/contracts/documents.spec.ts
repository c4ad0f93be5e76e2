import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allPaths, CHECKOUT } from '../tidy/repository-files.ts';
import { GENERATED_FOLDERS } from './document-paths.ts';
import { makeDocuments } from './make-documents.ts';
import { readServices } from './read-services.ts';

const documents = makeDocuments(await readServices());

test.each([...documents])('%s is up to date; npm run contracts -- documents writes it', async (path, text) => {
  await expect(text).toMatchFileSnapshot(join(CHECKOUT, path));
});

test('no file is left of an event or a service that no longer exists; delete those that are listed', () => {
  const committed = allPaths().filter((path) => GENERATED_FOLDERS.some((folder) => path.startsWith(`${folder}/`)));
  expect(committed.filter((path) => !documents.has(path))).toEqual([]);
});
