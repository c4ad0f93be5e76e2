import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { formatted } from '../new/format.ts';
import { checkManifests } from '../services/check-manifests.ts';
import { CHECKOUT } from '../services/read-manifests.ts';
import { checkout, generatedFiles } from './generated-files.ts';
import { textsOfServices } from './texts-of-services.ts';
import type { Tree } from './texts-of-services.ts';
import { staleFiles, writeFiles } from './write-files.ts';

test('every generated file is up to date; npm run generate writes those that are listed', async () => {
  expect(staleFiles(CHECKOUT, await generatedFiles())).toEqual([]);
});

describe('in a copy of the repository', () => {
  let root: string;
  let tree: Tree;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'generate-'));
    const files = await textsOfServices(checkManifests(), checkout);
    for (const path of [...files.keys(), 'deploy', 'apps'])
      cpSync(join(CHECKOUT, path), join(root, path), {
        recursive: true,
        filter: (source) => !/\/(node_modules|dist|src|web)$/.test(source),
      });
    tree = {
      read: (path) => readFileSync(join(root, path), 'utf8'),
      list: (folder) => filesIn(join(root, folder)).map((path) => `${folder}/${path}`),
    };
  });

  afterEach(() => rmSync(root, { recursive: true }));

  const generate = async (): Promise<string[]> => writeFiles(root, await textsOfServices(checkManifests(root), tree));

  function addNoteService(name = 'note-service'): void {
    mkdirSync(join(root, 'apps', name));
    const manifest = {
      description: { en: 'Keeps notes', ko: '메모' },
      port: 3204,
      settings: [
        { name: 'NOTE_FROM', value: 'Notes: #1 <notes@example.com>' },
        { name: 'NOTE_SMTP', value: 'smtp://{maildev-smtp}' },
        { name: 'NOTE_KEY', value: 'an example', secret: true },
      ],
      scale: { compose: 2, kubernetes: 4 },
    };
    writeFileSync(join(root, 'apps', name, 'service.json'), JSON.stringify(manifest));
  }

  test('a service that is added is in every file, and one that is removed leaves them as they were', async () => {
    const before = contentOf(root);
    addNoteService();
    const written = await generate();
    for (const path of written) expect(tree.read(path), path).toMatch(/note[-_]service|3204/);
    expect(written).toEqual(
      expect.arrayContaining([
        'docker-compose.yml',
        'infra/secrets/make-secrets.sh',
        'infra/secrets/make-certificates.sh',
        'infra/postgres/create-databases.sh',
        'infra/observability/prometheus.yml',
        'deploy/kubernetes/base/kustomization.yaml',
        'deploy/kubernetes/base/note-service.yaml',
        'deploy/kubernetes/base/note-service-autoscaler.yaml',
        'deploy/kubernetes/postgres/databases.yaml',
        '.devcontainer/devcontainer.json',
        'README.md',
        'README.ko.md',
      ]),
    );

    rmSync(join(root, 'apps', 'note-service'), { recursive: true });
    await generate();
    expect(contentOf(root)).toEqual(before);
  });

  test('an added service runs in compose with its settings, its secrets, its port and its instances', async () => {
    addNoteService();
    await generate();
    const { services } = parse(tree.read('docker-compose.yml'), { merge: true, maxAliasCount: -1 });
    expect(services['note-service']).toMatchObject({
      environment: { NOTE_FROM: 'Notes: #1 <notes@example.com>', KAFKA_BROKERS: 'broker:19092' },
      ports: ['127.0.0.1:${NOTE_SERVICE_PORT:-3204}:3000'],
      depends_on: {
        'migrate-note-service': { condition: 'service_completed_successfully' },
        maildev: { condition: 'service_healthy', required: false },
      },
      volumes: [{ target: '/run/secrets', volume: { subpath: 'note-service' } }],
    });
    expect(services['note-service'].environment).not.toHaveProperty('NOTE_KEY');
    expect(services['note-service-2']).toMatchObject({
      profiles: ['scale'],
      environment: { INSTANCE_ID: '2', NOTE_FROM: 'Notes: #1 <notes@example.com>' },
      ports: ['127.0.0.1:${NOTE_SERVICE_2_PORT:-3214}:3000'],
    });
    expect(services['migrate-note-service'].command).toContain('migrate');
    expect(services.console.environment.SERVICES).toContain('note-service=http://note-service:3000');
    expect(tree.read('infra/secrets/make-secrets.sh')).toContain(
      `note-service) printf '%s\\n' 'NOTE_SMTP=smtp://maildev:1025' 'NOTE_KEY=an example' ;;`,
    );
  });

  test('a second run writes nothing', async () => {
    addNoteService();
    expect(await generate()).not.toEqual([]);
    expect(await generate()).toEqual([]);
  });

  test('what is written of a service with a long name is formatted', async () => {
    addNoteService('notes-of-everything-we-said-service');
    const written = (await generate()).filter((path) => /\.(ya?ml|json)$/.test(path));
    expect(written).toContain('docker-compose.yml');
    for (const path of written) expect(await formatted(CHECKOUT, path, tree.read(path))).toBe(tree.read(path));
  });

  test('a script that is written stays executable', async () => {
    addNoteService();
    await generate();
    expect(statSync(join(root, 'infra/secrets/make-secrets.sh')).mode & 0o100).toBe(0o100);
  });

  test('a manifest with a mistake stops it before anything is written', async () => {
    addNoteService();
    mkdirSync(join(root, 'apps', 'todo-service'));
    cpSync(join(root, 'apps/note-service/service.json'), join(root, 'apps/todo-service/service.json'));
    const before = contentOf(root);
    await expect(generate()).rejects.toThrow('port 3204 is also that of apps/note-service/service.json');
    expect(contentOf(root)).toEqual(before);
  });

  test('a file without its region stops it before anything is written', async () => {
    addNoteService();
    writeFileSync(join(root, 'README.ko.md'), '# event-bus\n');
    const before = contentOf(root);
    await expect(generate()).rejects.toThrow('README.ko.md does not have the lines');
    expect(contentOf(root)).toEqual(before);
  });
});

describe('writing', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'write-'));
    writeFileSync(join(root, 'one'), 'before');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test('a text that cannot be written leaves every file as it was, and nothing beside them', () => {
    writeFileSync(join(root, 'file'), '');
    const files = new Map([
      ['one', 'after'],
      ['file/below', 'cannot be'],
    ]);
    expect(() => writeFiles(root, files)).toThrow('EEXIST');
    expect(contentOf(root)).toEqual({ one: 'before', file: '' });
  });

  test('an interruption between two files leaves each of them whole, and nothing beside them', () => {
    mkdirSync(join(root, 'two', 'in-the-way'), { recursive: true });
    const files = new Map([
      ['one', 'after'],
      ['two', 'cannot take its place'],
    ]);
    expect(() => writeFiles(root, files)).toThrow('EISDIR');
    expect(contentOf(root)).toEqual({ one: 'after' });
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

function contentOf(folder: string): Record<string, string> {
  return Object.fromEntries(filesIn(folder).map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}
