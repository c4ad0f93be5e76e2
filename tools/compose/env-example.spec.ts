import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messagingEnv } from '@event-bus/messaging-client';
import { serviceEnv } from '@event-bus/service-kit';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { consoleEnv } from '../../apps/console/src/config.ts';
import { loadService } from '../services/load-service.ts';
import { readManifests } from '../services/read-manifests.ts';
import { envExample, without } from './env-example.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const composeFile = readFileSync(join(CHECKOUT, 'docker-compose.yml'), 'utf8');

test('.env.example matches the schemas and docker-compose.yml; -u regenerates it', async () => {
  const shared = [serviceEnv, messagingEnv];
  const services = await Promise.all(
    readManifests().map(async ({ name }) => ({
      title: name,
      settings: without((await loadService(name)).env, ...shared),
    })),
  );
  const text = envExample(
    [
      { title: 'every service', settings: serviceEnv },
      { title: 'every service, for the log broker', settings: messagingEnv },
      ...[...services, { title: 'console', settings: without(consoleEnv, ...shared) }].filter(
        ({ settings }) => Object.keys(settings).length > 0,
      ),
    ],
    composeFile,
  );
  await expect(text).toMatchFileSnapshot(join(CHECKOUT, '.env.example'));
});

test('a setting without a description is rejected', () => {
  const sections = [{ title: 'new', settings: { NEW_SETTING: z.string() } }];
  expect(() => envExample(sections, composeFile)).toThrow('NEW_SETTING has no description');
  expect(() => envExample([], `${composeFile}\n# \${NEW_PORT:-1}`)).toThrow('differ in NEW_PORT');
});
