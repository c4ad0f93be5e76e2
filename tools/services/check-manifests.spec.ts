import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkManifests } from './check-manifests.ts';
import { readManifests } from './read-manifests.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'manifests-'));
});

afterEach(() => rmSync(root, { recursive: true }));

const MANIFEST = { description: { en: 'Keeps notes', ko: '메모' }, port: 3101, settings: [] as object[] };

function write(name: string, content: unknown): void {
  mkdirSync(join(root, 'apps', name), { recursive: true });
  writeFileSync(
    join(root, 'apps', name, 'service.json'),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
}

test('a service is found by its folder, and listed by its port', () => {
  write('note-service', { ...MANIFEST, port: 3102 });
  write('todo', MANIFEST);
  mkdirSync(join(root, 'apps', 'page'));
  const found = checkManifests(root);
  expect(found.map(({ name, database }) => [name, database])).toEqual([
    ['todo', 'todo'],
    ['note-service', 'note_service'],
  ]);
  expect(readManifests(root)).toEqual(found);
});

test('the services of this repository have manifests without a problem', () => {
  expect(checkManifests()).toEqual(readManifests());
});

describe('a manifest is refused with its file, its field and a remedy:', () => {
  test.each<[why: string, content: unknown, sentence: string]>([
    ['not JSON', '{', 'is not JSON'],
    ['not an object', 'null', 'the file is of the wrong type. It has to be of the type object.'],
    ['an unknown field', { ...MANIFEST, prot: 1 }, 'the field prot is unknown. Remove it, or correct its spelling.'],
    [
      'an unknown field of a setting',
      { ...MANIFEST, settings: [{ name: 'A', value: 'b', vlaue: '' }] },
      'the field vlaue in settings.0 is unknown.',
    ],
    ['no port', { ...MANIFEST, port: undefined }, 'port is missing. Add it (number).'],
    ['a text as its port', { ...MANIFEST, port: '3101' }, 'port is not a number. Give a free port'],
    ['half a port', { ...MANIFEST, port: 3101.5 }, 'port is not a whole number. Give a free port'],
    ['a port of the system', { ...MANIFEST, port: 80 }, 'port is below 1024'],
    ['a port above the last', { ...MANIFEST, port: 70_000 }, 'port is above 65535'],
    ['the port of the console', { ...MANIFEST, port: 3000 }, 'port 3000 is also that of console. Take another one'],
    ['a port of compose', { ...MANIFEST, port: 5432 }, 'port 5432 is also that of a part of docker-compose.yml'],
    ['one language', { ...MANIFEST, description: { en: 'Notes' } }, 'description.ko is missing. Add it (string).'],
    ['two lines', { ...MANIFEST, description: { en: 'a\nb', ko: 'b' } }, 'description.en has a line break'],
    [
      'a setting of every service',
      { ...MANIFEST, settings: [{ name: 'DATABASE_URL', value: '' }] },
      'settings.0.name is set for every service already. Remove it.',
    ],
    [
      'a setting in lower case',
      { ...MANIFEST, settings: [{ name: 'from', value: '' }] },
      'settings.0.name is not the name of an environment variable.',
    ],
    [
      'a setting twice',
      { ...MANIFEST, settings: [1, 2].map((value) => ({ name: 'FROM', value: String(value) })) },
      'settings has FROM twice. Remove one of them.',
    ],
    ['a quote', { ...MANIFEST, settings: [{ name: 'FROM', value: "it's" }] }, 'settings.0.value has a line break'],
    [
      'a part that is not there',
      { ...MANIFEST, settings: [{ name: 'URL', value: 'http://{gateway}' }] },
      'the value of URL names {gateway}, which is not a part of the system. Use one of {maildev-smtp}',
    ],
    [
      'one instance',
      { ...MANIFEST, scale: { compose: 1, kubernetes: 2 } },
      'scale.compose is below 2. Leave scale out.',
    ],
  ])('%s', (_, content, sentence) => {
    write('note-service', content);
    expect(() => checkManifests(root)).toThrow('apps/note-service/service.json');
    expect(() => checkManifests(root)).toThrow(sentence);
  });

  test.each([
    ['Note', 'may have lower-case letters'],
    ['note service', 'may have lower-case letters'],
    ['2-notes', 'begins with a letter'],
    ['n'.repeat(41), 'more than 40 characters'],
    ['kafka', 'another part of the system has this name'],
  ])('the name %j', (name, sentence) => {
    write(name, MANIFEST);
    expect(() => checkManifests(root)).toThrow(`apps/${name}: `);
    expect(() => checkManifests(root)).toThrow(sentence);
  });

  test('a port twice', () => {
    write('note-service', MANIFEST);
    write('todo-service', MANIFEST);
    expect(() => checkManifests(root)).toThrow(
      'apps/todo-service/service.json: port 3101 is also that of apps/note-service/service.json. Take another one, such as 3001.',
    );
  });

  test('the port of a further instance of another', () => {
    write('note-service', { ...MANIFEST, scale: { compose: 2, kubernetes: 2 } });
    write('todo-service', { ...MANIFEST, port: 3111 });
    expect(() => checkManifests(root)).toThrow('port 3111 is also that of');
  });

  test('all problems of all manifests are reported together', () => {
    write('note-service', { ...MANIFEST, port: 80 });
    write('Todo', '{');
    expect(() => checkManifests(root)).toThrow('port is below 1024');
    expect(() => checkManifests(root)).toThrow('is not JSON');
  });
});
