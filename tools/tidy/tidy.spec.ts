import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allPaths, CHECKOUT, filesOf, findLines, importsOf } from './repository-files.ts';

const SPEC = /\.(spec|bench)\.ts$/;
const self = 'tools/tidy/';

/** The code of a workspace as others run it: no specs, nothing for tests. */
function sourcesOf(workspace: string) {
  return filesOf(new RegExp(`^${workspace}/src/.*\\.ts$`)).filter(
    ({ path }) => !SPEC.test(path) && !/\/(testing|test)\//.test(path),
  );
}

function foreignImports(workspace: string, isAllowed: (name: string) => boolean): string[] {
  return sourcesOf(workspace).flatMap((file) =>
    importsOf(file)
      .filter((name) => !name.startsWith('.') && !isAllowed(name))
      .map((name) => `${file.path} imports ${name}`),
  );
}

describe('imports between workspaces', () => {
  test('event-catalog imports only the schema library', () => {
    expect(foreignImports('packages/event-catalog', (name) => name === 'zod')).toEqual([]);
  });

  test('log-broker imports only Node', () => {
    expect(foreignImports('packages/log-broker', (name) => name.startsWith('node:'))).toEqual([]);
  });

  test('messaging-client imports no other workspace', () => {
    expect(foreignImports('packages/messaging-client', (name) => !name.startsWith('@event-bus/'))).toEqual([]);
  });

  test('each Kafka client is imported only by its own driver, and kafkajs by what looks into topics and groups', () => {
    const clients = { kafkajs: ['kafka/kafkajs', 'inspect'], '@platformatic/kafka': ['kafka/platformatic'] };
    for (const [library, folders] of Object.entries(clients)) {
      const users = sourcesOf('packages/messaging-client').filter((file) =>
        importsOf(file).some((name) => name === library || name.startsWith(`${library}/`)),
      );
      const found = new Set(users.map(({ path }) => dirname(path)));
      expect(found).toEqual(new Set(folders.map((folder) => `packages/messaging-client/src/${folder}`)));
    }
  });

  test('messaging-client names no service and no event', () => {
    const services = new Set(allPaths().flatMap((path) => /^apps\/([^/]+)\//.exec(path)?.[1] ?? []));
    const events = filesOf(/^packages\/event-catalog\/src\/.*\.ts$/).flatMap(({ text }) =>
      [...text.matchAll(/^\s*name: '([a-z-]+\.[a-z-]+)'/gm)].map((match) => match[1] ?? ''),
    );
    expect(events.length).toBeGreaterThan(3);
    const names = [...services, ...events].map((name) => name.replaceAll('.', '\\.')).join('|');
    expect(findLines(sourcesOf('packages/messaging-client'), new RegExp(`['"\`](${names})['"\`]`))).toEqual([]);
  });

  test('services write by inTransaction, where the answer to an idempotency key is kept', () => {
    const services = [...new Set(allPaths().flatMap((path) => /^apps\/([^/]+)\//.exec(path)?.[1] ?? []))];
    const sources = services.flatMap((service) => sourcesOf(`apps/${service}`));
    expect(findLines(sources, /\bdataSource\.transaction\(/i)).toEqual([]);
  });

  test('services do not import each other', () => {
    const services = [...new Set(allPaths().flatMap((path) => /^apps\/([^/]+)\//.exec(path)?.[1] ?? []))];
    const links = services.flatMap((service) =>
      sourcesOf(`apps/${service}`).flatMap((file) =>
        importsOf(file)
          .filter((name) => services.some((other) => other !== service && name.includes(other)))
          .map((name) => `${file.path} imports ${name}`),
      ),
    );
    expect(links).toEqual([]);
  });
});

describe('code', () => {
  const code = filesOf(/\.(ts|mjs|js)$/).filter(({ path }) => !path.startsWith(self));

  test('writes to the console in programs and tools alone', () => {
    const services = code.filter(
      ({ path }) => /^(apps|packages)\/[^/]+\/src\//.test(path) && !path.endsWith('main.ts'),
    );
    expect(findLines(services, /\bconsole\.\w+\(/)).toEqual([]);
  });

  test('is finished', () => {
    expect(
      findLines(
        filesOf(/\.(ts|mjs|js|yml|md)$/).filter(({ path }) => !path.startsWith(self)),
        /\b(FIXME|TODO|XXX)\b/,
      ),
    ).toEqual([]);
  });
});

describe('tests', () => {
  const specs = filesOf(SPEC).filter(({ path }) => !path.startsWith(self));

  test('run all, each with all the others', () => {
    expect(findLines(specs, /\b(test|it|describe)\.only\b/)).toEqual([]);
  });

  test('that are left out say why, in a comment above', () => {
    const silent = specs.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        /\b(test|it|describe)\.(skip|todo)\b/.test(line) && !/\/\//.test(`${lines[index - 1] ?? ''}${line}`)
          ? [`${path}:${index + 1}  ${line.trim()}`]
          : [],
      ),
    );
    expect(silent).toEqual([]);
  });

  /** Work that takes its time, or a moment in which nothing may happen, is said to be that: `// takes`, `// nothing`. */
  test('wait for what they want to see, not for time to pass', () => {
    const sleep = /\bawait (delay|sleep|wait)\(\s*[\d_A-Z]+|=>\s*(global\.)?setTimeout\(\w+,/;
    const unexplained = specs.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        sleep.test(line) && !/\/[/*]|^\s*\*/.test(lines[index - 1] ?? '') && !line.includes('//')
          ? [`${path}:${index + 1}  ${line.trim()}`]
          : [],
      ),
    );
    expect(unexplained).toEqual([]);
  });
});

describe('files', () => {
  test('have names in kebab-case, and documents in capitals', () => {
    const kebab = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
    const document = /^[A-Z]+(-[A-Z]+)*(\.[a-z]+)*$/;
    const others = /^(Dockerfile|[a-z-]+\.Dockerfile)$/;
    const odd = allPaths().filter((path) => {
      const name = basename(path);
      const folders = dirname(path) === '.' ? [] : dirname(path).split('/');
      const isFine = kebab.test(name) || document.test(name) || others.test(name);
      return !isFine || folders.some((folder) => !kebab.test(folder));
    });
    expect(odd).toEqual([]);
  });

  test('name no machine, no account and no package registry', () => {
    // In pieces, so that this file does not name them either.
    const home = ['home', 'Users', 'root', 'work'].map((name) => `/${name}/[a-z]`).join('|');
    const registry = String.raw`https?://[^\s"'/]*(registry|artifactory|nexus|verdaccio)[^\s"'/]*`;
    const texts = filesOf(/\.(ts|mjs|js|json|jsonc|ya?ml|md|sh|sql|Dockerfile)$|^\.[a-z]+rc$/);
    const found = findLines(
      texts.filter(({ path }) => !path.startsWith(self)),
      new RegExp(`(^|[\\s"'\`(=:])(${home})|${registry}`),
    );
    expect(found).toEqual([]);
  });
});

describe('documents', () => {
  const documents = filesOf(/\.md$/);

  test('link to what is there', () => {
    const dead = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
        .map((match) => match[1] ?? '')
        .filter((link) => !existsSync(join(CHECKOUT, dirname(path), decodeURI(link))))
        .map((link) => `${path} links to ${link}`),
    );
    expect(dead).toEqual([]);
  });
});
