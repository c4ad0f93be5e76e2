import type { z } from 'zod';
import { manifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { NAMED_PART, NAMED_PARTS, NAMES_OF_OTHERS, PORTS_OF_COMPOSE, PORTS_OF_PARTS } from './other-parts.ts';
import { manifestFiles, portsOf, serviceOf } from './read-manifests.ts';
import type { Service } from './read-manifests.ts';

/** With `-database` it is still a label of DNS, which has 63 characters at most. */
export const NAME_CHARACTERS_MAX = 40;

/** The first service's port. A free one is looked for from here on. */
const FIRST_PORT = 3001;

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Something to correct in manifests: sentences, each with a file, a field and a remedy. */
export class ManifestProblem extends Error {
  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'));
    this.name = 'ManifestProblem';
  }
}

/**
 * Reads and checks every manifest.
 * @throws ManifestProblem
 */
export function checkManifests(root?: string): Service[] {
  const files = manifestFiles(root);
  const read = files.map(({ name, text }) => ({ name, ...parse(name, text) }));
  const services = read.flatMap(({ service }) => service ?? []).toSorted((one, other) => one.port - other.port);
  const problems = [
    ...read.flatMap(({ name, problems }) => [...checkName(name), ...problems]),
    ...checkPorts(services),
  ];
  if (problems.length > 0) throw new ManifestProblem(problems);
  return services;
}

function parse(name: string, text: string): { service?: Service; problems: string[] } {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    return { problems: [`${fileOf(name)} is not JSON: ${(error as Error).message}. Correct its syntax.`] };
  }
  const { data, error } = manifest.safeParse(content, { reportInput: true });
  if (error !== undefined) return { problems: error.issues.map((issue) => `${fileOf(name)}: ${sentenceOf(issue)}`) };
  return { service: serviceOf(name, data), problems: checkSettings(name, data) };
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  const field = issue.path.join('.') || 'the file';
  if (issue.code === 'unrecognized_keys') {
    const place = issue.path.length === 0 ? '' : ` in ${field}`;
    return `the field ${issue.keys.join(', ')}${place} is unknown. Remove it, or correct its spelling.`;
  }
  if (issue.code !== 'invalid_type') return `${field} ${issue.message}.`;
  if (issue.input === undefined) return `${field} is missing. Add it (${issue.expected}).`;
  return issue.message.startsWith('is ')
    ? `${field} ${issue.message}.`
    : `${field} is of the wrong type. It has to be of the type ${issue.expected}.`;
}

function checkSettings(name: string, { settings }: Manifest): string[] {
  const names = settings.map((each) => each.name);
  const twice = names.filter((each, index) => names.indexOf(each) < index);
  return [
    ...twice.map((each) => `${fileOf(name)}: settings has ${each} twice. Remove one of them.`),
    ...settings.flatMap(({ name: each, value }) =>
      [...value.matchAll(NAMED_PART)]
        .filter(([, part]) => !Object.hasOwn(NAMED_PARTS, part!))
        .map(
          ([braces]) =>
            `${fileOf(name)}: the value of ${each} names ${braces}, which is not a part of the system. ` +
            `Use one of ${Object.keys(NAMED_PARTS)
              .map((part) => `{${part}}`)
              .join(', ')}, or add it to tools/services/other-parts.ts.`,
        ),
    ),
  ];
}

function checkName(name: string): string[] {
  const folder = `apps/${name}`;
  const remedy = 'Rename the folder.';
  if (!NAME.test(name))
    return [
      `${folder}: the name may have lower-case letters, digits and single hyphens, and begins with a letter. ${remedy}`,
    ];
  if (name.length > NAME_CHARACTERS_MAX)
    return [`${folder}: the name has more than ${NAME_CHARACTERS_MAX} characters. ${remedy}`];
  return NAMES_OF_OTHERS.has(name) ? [`${folder}: another part of the system has this name. ${remedy}`] : [];
}

/** The first that neither one of these services nor another part has. */
export function freePort(services: readonly Manifest[]): number {
  const taken = new Set<number>([...Object.values(PORTS_OF_PARTS), ...PORTS_OF_COMPOSE, ...services.flatMap(portsOf)]);
  let free = FIRST_PORT;
  while (taken.has(free)) free++;
  return free;
}

function checkPorts(services: readonly Service[]): string[] {
  const holders = new Map<number, string>([
    ...Object.entries(PORTS_OF_PARTS).map(([part, port]): [number, string] => [port, part]),
    ...PORTS_OF_COMPOSE.map((port): [number, string] => [port, 'a part of docker-compose.yml']),
  ]);
  const free = freePort(services);
  return services.flatMap((service) =>
    portsOf(service).flatMap((port) => {
      const holder = holders.get(port);
      holders.set(port, holder ?? fileOf(service.name));
      if (holder === undefined) return [];
      const whose = port === service.port ? `port ${port}` : `port ${port} of a further instance (scale)`;
      return [`${fileOf(service.name)}: ${whose} is also that of ${holder}. Take another one, such as ${free}.`];
    }),
  );
}

function fileOf(name: string): string {
  return `apps/${name}/service.json`;
}
