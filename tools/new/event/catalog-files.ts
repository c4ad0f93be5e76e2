import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { camel, kebab, pascal } from '../names.ts';

/** The files of the catalog that list what is in the others. */
export const INDEX = 'packages/event-catalog/src/index.ts';
export const TOPICS = 'packages/event-catalog/src/topics.ts';

export interface NamedTopic {
  readonly constant: string;
  readonly name: string;
}

export function topicsIn(text: string): NamedTopic[] {
  return [...text.matchAll(/^export const (\w+) = topic\(\s*'([^']+)'/gm)].map(([, constant, name]) => ({
    constant: constant!,
    name: name!,
  }));
}

export interface DefinedEvent {
  readonly name: string;
  readonly owner: string;
  readonly topic: string;
  readonly path: string;
}

export function pathOfEvent(name: string): string {
  return `packages/event-catalog/src/${kebab(name)}.ts`;
}

/** An event whose file is named after it. Read as text: it may have been written a moment ago. */
export function findEvent(root: string, name: string): DefinedEvent | undefined {
  const path = pathOfEvent(name);
  if (!existsSync(join(root, path))) return undefined;
  const text = readFileSync(join(root, path), 'utf8');
  const field = (name: string): string => new RegExp(`^  ${name}: '?([^',]+)'?,$`, 'm').exec(text)?.[1] ?? '';
  return field('name') === name ? { name, owner: field('owner'), topic: field('topic'), path } : undefined;
}

/** The events whose files are named after them. */
export function definedEvents(root: string): DefinedEvent[] {
  return readdirSync(join(root, dirname(INDEX)))
    .map((file) => /^ {2}name: '([^']+)',$/m.exec(readFileSync(join(root, dirname(INDEX), file), 'utf8'))?.[1])
    .flatMap((name) => (name === undefined ? [] : (findEvent(root, name) ?? [])));
}

/** The index with one more event, in the alphabetical order of its imports and at the end of its lists. */
export function addToIndex(index: string, name: string): string {
  const file = `./${kebab(name)}.ts`;
  const imports = [...index.matchAll(/^import \{ \w+ \} from '(\.\/[^']+)';\n/gm)];
  const after = imports.findLast(([, path]) => path! < file);
  const at = after === undefined ? 0 : after.index + after[0].length;
  const imported = `import { ${camel(name)} } from '${file}';\n`;
  return replaceOnce(
    replaceOnce(
      `${index.slice(0, at)}${imported}${index.slice(at)}`,
      /\n\n\/\*\*[^\n]*\*\/\nexport const eventCatalog/,
      (found) => `\n${exportsOf(name)}${found.slice(1)}`,
    ),
    CATALOG,
    (list) => list.replace(/,?\s*\]/, `, ${camel(name)}]`),
  );
}

export function removeFromIndex(index: string, name: string): string {
  return replaceOnce(
    index.replace(`import { ${camel(name)} } from './${kebab(name)}.ts';\n`, '').replace(exportsOf(name), ''),
    CATALOG,
    (list) => list.replace(new RegExp(`,?\\s*\\b${camel(name)}\\b`), ''),
  );
}

/** Between these brackets, whatever the formatter made of the line. */
const CATALOG = /export const eventCatalog = \[[^\]]*\]/;

function exportsOf(name: string): string {
  const file = `./${kebab(name)}.ts`;
  return `export { ${camel(name)} } from '${file}';\nexport type { ${pascal(name)} } from '${file}';\n`;
}

/** Enough instances for most services; it is not changed later. */
export const PARTITIONS_OF_NEW_TOPIC = 6;

export function constantOfTopic(topic: string): string {
  return `${camel(topic)}Topic`;
}

export function addTopic(topics: string, name: string): string {
  return replaceOnce(
    replaceOnce(topics, /\n\nexport const topics/, (found) => `\n${definitionOf(name)}${found.slice(1)}`),
    LIST_OF_TOPICS,
    (list) => list.replace(/,?\s*\]/, `, ${constantOfTopic(name)}]`),
  );
}

export function removeTopic(topics: string, name: string): string {
  return replaceOnce(topics.replace(definitionOf(name), ''), LIST_OF_TOPICS, (list) =>
    list.replace(new RegExp(`,?\\s*\\b${constantOfTopic(name)}\\b`), ''),
  );
}

const LIST_OF_TOPICS = /export const topics = \[[^\]]*\]/;

function definitionOf(name: string): string {
  return `export const ${constantOfTopic(name)} = topic('${name}', ${PARTITIONS_OF_NEW_TOPIC});\n`;
}

function replaceOnce(text: string, pattern: RegExp, change: (found: string) => string): string {
  if (!pattern.test(text)) throw new Error(`the event catalog no longer has ${pattern.source}`);
  return text.replace(pattern, change);
}
