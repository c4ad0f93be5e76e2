import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findIncompleteEntries } from './find-incomplete-entries.mjs';
import type { Lockfile } from './find-incomplete-entries.d.mts';

describe('package-lock.json', () => {
  test('has an entry for every platform of every program, so that npm ci accepts it everywhere', () => {
    const path = join(import.meta.dirname, '..', '..', 'package-lock.json');
    expect(findIncompleteEntries(JSON.parse(readFileSync(path, 'utf8')) as Lockfile)).toEqual([]);
  });
});

describe('findIncompleteEntries', () => {
  const program = { optionalDependencies: { 'program-linux': '1.0.0', 'program-darwin': '1.0.0' } };

  test('names the platform whose package is missing', () => {
    const packages = { 'node_modules/program': program, 'node_modules/program-linux': {} };
    expect(findIncompleteEntries({ packages })).toEqual(['program lacks program-darwin']);
  });

  test('finds packages beside the program, below it and above it', () => {
    const packages = {
      'node_modules/user/node_modules/program': program,
      'node_modules/user/node_modules/program/node_modules/program-linux': {},
      'node_modules/program-darwin': {},
    };
    expect(findIncompleteEntries({ packages })).toEqual([]);
  });
});
