import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, NAME_CHARACTERS_MAX } from '../../services/check-manifests.ts';
import { NAMES_OF_OTHERS } from '../../services/other-parts.ts';
import { readManifests } from '../../services/read-manifests.ts';
import { Problem } from '../../set-up/problem.mjs';
import type { Command } from '../command.ts';
import { definedEvents, findEvent, pathOfEvent } from '../event/catalog-files.ts';
import type { DefinedEvent } from '../event/catalog-files.ts';
import { fieldsOf } from '../event/event-source.ts';
import { changesForEvent, presetsOf, requireEventName } from '../event/new-event.ts';
import { formatted } from '../format.ts';
import { requireKebab } from '../names.ts';
import { ACCEPT, GENERATE } from '../plan.ts';
import { EFFECTS } from './new-service-options.ts';
import type { Effect, NewService } from './new-service-options.ts';
import { serviceSources, tableOf } from './service-source.ts';
import { addToLockfile, addToRetention, GENERATED, LOCKFILE, RETENTION, versionsIn } from './shared-files.ts';

/** Of the workspaces every version is the right one. */
const WORKSPACE = '*';

export const newService: Command = {
  name: 'new:service',
  summary: 'Adds a service that consumes an event, with its table and its specs.',
  example: 'invoice --hears order.completed --publishes invoice.issued',
  values: [
    {
      option: 'name',
      question: 'Name of the service',
      check: (name, _, root) => requireNewService(root, nameOfService(name)),
    },
    { option: 'hears', question: 'Event that it consumes', check: (name, _, root) => void consumedEvent(root, name) },
    {
      option: 'publishes',
      question: 'Event that it publishes; added to the catalog if it is new',
      optional: true,
      check: requireEventName,
    },
    {
      option: 'effect',
      question: `Effect of its handler: ${EFFECTS.join(', ')}`,
      preset: () => 'database',
      check: (effect) => void effectOf(effect),
    },
  ],
  async plan(root, given) {
    const name = nameOfService(given['name']!);
    return {
      changes: await changesForService(root, {
        name,
        consumed: given['hears']!,
        published: given['publishes'],
        effect: effectOf(given['effect']!),
      }),
      generated: GENERATED,
      steps: [GENERATE, ACCEPT],
      next: [
        `Run its specs: npm test -- --project unit --project int apps/${name}`,
        `Write what it does in apps/${name}/src/entries, and what it is in apps/${name}/service.json. Then npm run generate.`,
        `See it on the console: npm start. Take it back: npm run remove:service -- ${name}`,
      ],
    };
  },
};

/** `invoice` → `invoice-service` */
export function nameOfService(name: string): string {
  return name.endsWith('-service') ? name : `${name}-service`;
}

export function requireServiceName(name: string): void {
  requireKebab('a service', name, NAME_CHARACTERS_MAX);
  if (NAMES_OF_OTHERS.has(name))
    throw new Problem(`another part of the system is named ${name}`, 'Choose another name.');
}

function requireNewService(root: string, name: string): void {
  requireServiceName(name);
  const folder = `apps/${name}`;
  if (existsSync(join(root, folder))) throw new Problem(`${folder} exists`, 'Choose another name, or remove it first.');
}

function effectOf(text: string): Effect {
  const effect = EFFECTS.find((one) => one === text);
  if (effect === undefined) throw new Problem(`"${text}" is not an effect`, `Choose one of ${EFFECTS.join(', ')}.`);
  return effect;
}

interface Wanted {
  readonly name: string;
  readonly consumed: string;
  /** Added to the catalog if it is not there. */
  readonly published?: string | undefined;
  readonly effect?: Effect;
}

/** @throws Problem when the service exists, the event that it consumes does not, or that which it publishes is another service's */
export async function changesForService(
  root: string,
  { name, consumed, published, effect = 'database' }: Wanted,
): Promise<Map<string, string>> {
  requireNewService(root, name);
  const folder = `apps/${name}`;
  const consumes = consumedEvent(root, consumed);
  const { event: publishes, changes: ofEvent } = await publishedEvent(root, published, name);
  if (published === consumed) {
    throw new Problem(
      `${name} would consume ${consumed} and publish it again, without end`,
      'Choose another event to publish.',
    );
  }
  const port = freePort(readManifests(root));
  const manifest = packageOf(root, name, consumed, effect);
  const changes = new Map<string, string>([
    [`${folder}/package.json`, JSON.stringify(manifest)],
    [`${folder}/tsconfig.build.json`, JSON.stringify(TSCONFIG)],
    [
      `${folder}/service.json`,
      JSON.stringify({ description: describe(consumed), port, settings: settingsOf(name, effect) }),
    ],
    ...serviceSources({ name, port, effect, consumes, publishes }).map(([path, text]): [string, string] => [
      `${folder}/src/${path}`,
      text,
    ]),
  ]);
  for (const [path, text] of changes) changes.set(path, await formatted(root, path, text));
  changes.set(LOCKFILE, addToLockfile(root, name, manifest));
  changes.set(RETENTION, addToRetention(root, tableOf(name), name));
  return new Map([...changes, ...ofEvent]);
}

const TSCONFIG = {
  extends: '../../packages/service-kit/tsconfig.service.json',
  references: [{ path: '../../packages/service-kit/tsconfig.build.json' }],
};

function packageOf(root: string, name: string, consumed: string, effect: Effect): Readonly<Record<string, unknown>> {
  const sendsMail = effect === 'outside';
  const shared = ['@nestjs/common', 'reflect-metadata', 'rxjs', 'typeorm'];
  const workspaces = (...names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((one) => [`@event-bus/${one}`, WORKSPACE]));
  return {
    name: `@event-bus/${name}`,
    version: '0.1.0',
    private: true,
    description: `Consumes ${consumed}.`,
    license: 'MIT',
    type: 'module',
    scripts: { build: 'tsc -b tsconfig.build.json' },
    dependencies: sorted({
      ...workspaces('event-catalog', 'messaging-client', 'service-kit'),
      ...versionsIn(root, sendsMail ? [...shared, 'nodemailer', 'zod'] : shared),
    }),
    devDependencies: { ...workspaces('test-kit'), ...(sendsMail && versionsIn(root, ['smtp-server'])) },
  };
}

function sorted(entries: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

function describe(consumed: string): object {
  return { en: `Consumes \`${consumed}\``, ko: `\`${consumed}\` 처리` };
}

function settingsOf(name: string, effect: Effect): object[] {
  if (effect !== 'outside') return [];
  return [
    { name: 'SMTP_URL', value: 'smtp://{maildev-smtp}', secret: true },
    { name: 'MAIL_FROM', value: `${name}@event-bus.example` },
    { name: 'MAIL_TO', value: 'operators@event-bus.example' },
  ];
}

function consumedEvent(root: string, name: string): DefinedEvent {
  requireEventName(name);
  const event = findEvent(root, name);
  if (event === undefined) {
    const known = definedEvents(root).map((event) => event.name);
    throw new Problem(
      `the event ${name} does not exist`,
      `Choose one of ${known.join(', ')}, or add it first: npm run new:event -- ${name}`,
    );
  }
  return event;
}

async function publishedEvent(
  root: string,
  name: string | undefined,
  publisher: string,
): Promise<{ readonly event: NewService['publishes']; readonly changes: ReadonlyMap<string, string> }> {
  if (name === undefined) return { event: undefined, changes: new Map() };
  requireEventName(name);
  const known = findEvent(root, name);
  if (known !== undefined && known.owner !== publisher && known.owner !== 'any') {
    throw new Problem(`${name} is published by ${known.owner}, not by ${publisher}`, `Its owner is in ${known.path}.`);
  }
  const changes =
    known === undefined
      ? await changesForEvent(root, { name, ...presetsOf(name), owner: publisher })
      : new Map<string, string>();
  const event = known ?? { name, owner: publisher, topic: presetsOf(name).topic, path: pathOfEvent(name) };
  const source = changes.get(event.path) ?? readFileSync(join(root, event.path), 'utf8');
  return { event: { ...event, fields: fieldsOf(name, source) }, changes };
}
