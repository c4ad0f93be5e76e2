import { expect, test } from 'vitest';
import { z } from 'zod';
import { readManifests } from '../services/read-manifests.ts';
import { envExample } from './env-example.ts';
import { checkout } from './generated-files.ts';

const composeFile = checkout.read('docker-compose.yml');
const services = readManifests();

test('a setting without a description is rejected', () => {
  const sections = [{ title: 'new', settings: { NEW_SETTING: z.string() } }];
  expect(() => envExample(sections, composeFile, services)).toThrow('NEW_SETTING has no description');
});

test('a variable of docker-compose.yml that is not described is rejected', () => {
  expect(() => envExample([], `${composeFile}\n# \${NEW_PORT:-1}`, services)).toThrow('differ in NEW_PORT');
});
