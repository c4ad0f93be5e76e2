import { expect, test } from 'vitest';
import { publishedManifest } from './published-manifest.ts';

const manifest = {
  name: 'a-package',
  version: '1.0.0',
  exports: { '.': { '@event-bus/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
  scripts: { build: 'tsc' },
  devDependencies: { vitest: '5.1.1' },
};

test('a published package does not lead to sources, and has neither scripts nor development dependencies', () => {
  expect(publishedManifest(manifest, {})).toEqual({
    name: 'a-package',
    version: '1.0.0',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  });
});

test('exact versions become ranges, but not those of the Kafka clients', () => {
  const dependencies = { pino: '10.4.0', kafkajs: '2.2.4' };
  const peerDependencies = { zod: '^4.0.0' };
  const published = publishedManifest({ ...manifest, dependencies, peerDependencies }, {});
  expect(published).toMatchObject({ dependencies: { pino: '^10.4.0', kafkajs: '2.2.4' }, peerDependencies });
});

test('other packages of the repository are required in their present version', () => {
  const peerDependencies = { 'other-package': '*' };
  const published = publishedManifest({ ...manifest, peerDependencies }, { 'other-package': '0.4.2' });
  expect(published.peerDependencies).toEqual({ 'other-package': '^0.4.2' });
  expect(() => publishedManifest({ ...manifest, peerDependencies }, {})).toThrow('other-package');
});
