import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { USUAL_PORTS } from '../stack/ports.ts';
import { MANIFESTS } from '../stack/services.ts';
import { filesOf } from '../tidy/repository-files.ts';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(CHECKOUT, path), 'utf8');

interface ComposeService {
  readonly image: string;
  readonly profiles?: readonly string[];
}

const readme = read('README.md');
const compose = parse(read('docker-compose.yml'), { merge: true, maxAliasCount: -1 }) as {
  services: Record<string, ComposeService>;
};
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

const COMMANDS_OF_NPM = new Set(['install', 'publish']);

const profiles = new Set(Object.values(compose.services).flatMap((service) => service.profiles ?? []));

/** With a default, or passed on as it is. */
function isSettingOfCompose(name: string): boolean {
  const text = read('docker-compose.yml');
  return text.includes(`\${${name}:-`) || text.includes(`\n  ${name}:\n`);
}

/** The commands in documents: those in blocks and those in back-quotes. */
const documents = filesOf(/^(README|README\.ko|ARCHITECTURE|CONTRIBUTING|(bench|deploy|docs)\/.*)\.md$/).map(
  ({ path, text }) => {
    const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) => block!.split('\n'));
    const inline = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
    return { path, commands: [...blocks, ...inline] };
  },
);

describe.each(documents)('$path', ({ commands }) => {
  test('names scripts that exist', () => {
    const named = commands.flatMap((line) => /^npm (?:run )?(?:--\S+ )?([a-z:]+)/.exec(line)?.[1] ?? []);
    expect(named.filter((name) => !(name in scripts) && !COMMANDS_OF_NPM.has(name))).toEqual([]);
  });

  test('names tools and specs that exist', () => {
    const named = commands.flatMap((line) => line.match(/\b(?:tools|e2e|bench|infra)\/[\w./-]+\.\w+/g) ?? []);
    expect(named.filter((path) => !existsSync(join(CHECKOUT, path)))).toEqual([]);
  });

  test('names profiles, services and settings that docker-compose.yml has', () => {
    const lines = commands.filter((line) => line.includes('docker compose'));
    const known = (line: string): boolean => {
      const [, profile] = /--profile (\S+)/.exec(line) ?? [];
      const [, setting] = /^([A-Z_]+)=/.exec(line) ?? [];
      const [, restarted = '', entered = ''] = /restart (.*)|exec (\S+)/.exec(line) ?? [];
      const named = `${restarted} ${entered}`.split(' ').filter((word) => word !== '');
      return (
        (profile === undefined || profile === '"*"' || profiles.has(profile)) &&
        (setting === undefined || isSettingOfCompose(setting)) &&
        named.every((name) => name in compose.services)
      );
    };
    expect(lines.filter((line) => !known(line))).toEqual([]);
  });
});

describe('README.md', () => {
  test('has the ports that npm start takes and that docker-compose.yml publishes', () => {
    const listed = [...readme.matchAll(/^\| (\d+) \| (\S+) \|/gm)].map(([, port]) => Number(port));
    expect(listed.toSorted((one, other) => one - other)).toEqual(
      Object.values(USUAL_PORTS)
        .filter((port) => port !== 0)
        .toSorted((one, other) => one - other),
    );
    expect(listed.filter((port) => !read('docker-compose.yml').includes(`_PORT:-${port}}:`))).toEqual([]);
  });

  test('gives the addresses of services and paths that they have', () => {
    const services = Object.fromEntries(MANIFESTS.map(({ port, name }) => [port, name]));
    const named = [...readme.matchAll(/http:\/\/127\.0\.0\.1:(\d+)\/([a-z]+)/g)].map(
      ([, port, path]) => `| ${port} | ${services[Number(port)]} |.*/${path}`,
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((row) => !new RegExp(row.replaceAll('|', String.raw`\|`)).test(readme))).toEqual([]);
  });

  test('names the images that docker-compose.yml runs', () => {
    const images = new Set(Object.values(compose.services).map(({ image }) => image));
    expect(readme).toContain('Apache Kafka, PostgreSQL 18 and MailDev');
    expect(images).toContain('postgres:18');
    const named = [...readme.matchAll(/`((?:[a-z.-]+\/)?[a-z-]+:v?\d[\w.-]*)`/g)].map(([, image]) => image!);
    expect(named.filter((image) => !images.has(image) && image !== 'node:24-slim')).toEqual([]);
  });
});

test('.devcontainer runs scripts that exist and forwards ports that a part listens on', () => {
  const text = read('.devcontainer/devcontainer.json').replaceAll(/^\s*\/\/.*$/gm, '');
  const { postCreateCommand, forwardPorts } = JSON.parse(text) as { postCreateCommand: string; forwardPorts: number[] };
  const run = [...postCreateCommand.matchAll(/npm run (\S+)/g)].map(([, name]) => name!);
  expect(run.length).toBeGreaterThan(0);
  expect(run.filter((name) => !(name in scripts))).toEqual([]);
  expect(forwardPorts.filter((port) => !Object.values(USUAL_PORTS).includes(port))).toEqual([]);
});
