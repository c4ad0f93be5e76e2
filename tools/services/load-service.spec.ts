import { expect, test } from 'vitest';
import { exampleConfig, loadService } from './load-service.ts';
import { readManifests } from './read-manifests.ts';

test.each(readManifests())('$name has the names by which tools find its settings and its module', async ({ name }) => {
  const { env, module } = await loadService(name);
  expect(module.service).toBe(name);
  expect(exampleConfig(env)).toMatchObject({ HTTP_PORT: 0 });
});

test('an app without its code is reported with the missing file and a remedy', async () => {
  await expect(loadService('nothing')).rejects.toThrow(
    'apps/nothing has a service.json, but no src/config.ts. Add it, or delete the folder.',
  );
});
