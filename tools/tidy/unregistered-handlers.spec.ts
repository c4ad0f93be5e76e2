import { expect, test } from 'vitest';
import { filesOf } from './repository-files.ts';
import { unregisteredHandlers } from './unregistered-handlers.ts';

const file = (path: string, text: string) => ({ path, text, lines: text.split('\n') });
const handler = file(
  'apps/a/src/keep.ts',
  '@Controller()\nexport class Keep {\n  @OnEvent(happened)\n  async keep() {}\n}',
);

test('every handler of every app is registered', () => {
  const files = filesOf(/^apps\/.*\.ts$/).filter(({ path }) => !/\.spec\.ts$|\/testing\//.test(path));
  expect(files.some(({ text }) => text.includes('@OnEvent('))).toBe(true);
  expect(unregisteredHandlers(files)).toEqual([]);
});

test.each([
  ['no module has it', file('apps/a/src/a.module.ts', 'controllers: [KeepOther], providers: [Keep]')],
  ['only a module of another app has it', file('apps/b/src/b.module.ts', 'controllers: [Keep]')],
])('a handler is reported when %s', (_, module) => {
  expect(unregisteredHandlers([handler, module])).toEqual([
    'apps/a/src/keep.ts has a handler that is not among the controllers of apps/a',
  ]);
});

test('a handler among the controllers of its app is registered', () => {
  expect(unregisteredHandlers([handler, file('apps/a/src/a.module.ts', 'controllers: [\n  Keep,\n]')])).toEqual([]);
});
