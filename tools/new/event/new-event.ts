import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ASYNCAPI, EVENTS_PAGE, SCHEMAS } from '../../contracts/document-paths.ts';
import { Problem } from '../../set-up/problem.mjs';
import { requireNew } from '../apply-plan.ts';
import type { Command, Given } from '../command.ts';
import { formatted } from '../format.ts';
import { camel, pascal, requireKebab } from '../names.ts';
import { ACCEPT, GENERATE } from '../plan.ts';
import { addToIndex, addTopic, constantOfTopic, INDEX, pathOfEvent, TOPICS, topicsIn } from './catalog-files.ts';
import { eventSource, timeOf } from './event-source.ts';
import type { NewEvent } from './event-source.ts';

/** What is generated from the catalog. */
export const CONTRACTS = [SCHEMAS, ASYNCAPI, EVENTS_PAGE, 'ARCHITECTURE.md', 'contracts/'];

/** Of each word of an event's name, which is also a file's. */
const WORD_CHARACTERS_MAX = 40;

/** Apache Kafka allows 249, of which its dead letters take a few; a name is to be read. */
const TOPIC_CHARACTERS_MAX = 60;

/** An owner that is not a service: every service may publish it. */
const ANY = 'any';

export const newEvent: Command = {
  name: 'new:event',
  summary: 'Adds an event to packages/event-catalog, with its contract and its documents.',
  example: 'invoice.issued --topic invoice --key invoiceId --owner invoice-service',
  values: [
    { option: 'name', question: 'Name of the event, as noun.past-participle', check: requireEventName },
    { option: 'topic', question: 'Topic', preset: ({ name = '' }) => presetsOf(name).topic, check: requireTopicName },
    {
      option: 'key',
      question: 'Field whose value keeps the order of records',
      preset: ({ name = '' }) => presetsOf(name).key,
      check: requireField,
    },
    {
      option: 'owner',
      question: `Service that publishes it, or "${ANY}"`,
      preset: ({ name }, root) => findService(root, name?.split('.')[0] ?? '') ?? ANY,
      check: (owner) => requireKebab('a service', owner, WORD_CHARACTERS_MAX),
    },
  ],
  async plan(root, given) {
    const { owner, ...others } = required(given);
    const event = { ...others, owner: ownerOf(root, owner, others.name) };
    const changes = await changesForEvent(root, event);
    const module = event.owner === ANY ? "a service's module" : `apps/${event.owner}/src/${event.owner}.module.ts`;
    return {
      changes,
      generated: CONTRACTS,
      steps: [GENERATE, ACCEPT],
      next: [
        `Describe the event in ${pathOfEvent(event.name)}: fields, summary and example. Then npm run generate.`,
        `The contract of an event that no service has published yet is free to change: delete contracts/${event.name}.v1.json, then npm run contracts -- accept.`,
        `Publish it: add ${camel(event.name)} to \`publishes\` in ${module}, and append it to the outbox.`,
      ],
    };
  },
};

function required({ name, topic, key, owner }: Given): NewEvent {
  return { name: name!, topic: topic!, key: key!, owner: owner! };
}

/** `invoice` is short for `invoice-service`. @throws Problem when there is no such service */
function ownerOf(root: string, owner: string, event: string): string {
  const service = owner === ANY ? ANY : findService(root, owner);
  if (service === undefined) {
    throw new Problem(
      `no service is named ${owner}`,
      `Add the service with its event: npm run new:service -- ${owner} --hears … --publishes ${event}. Or --owner ${ANY}.`,
    );
  }
  return service;
}

function findService(root: string, name: string): string | undefined {
  return [name, `${name}-service`].find((one) => existsSync(join(root, 'apps', one, 'service.json')));
}

/** Topic and key of an event that is added without naming them. */
export function presetsOf(name: string): Pick<NewEvent, 'topic' | 'key'> {
  const [noun = ''] = name.split('.');
  return { topic: noun, key: `${camel(noun)}Id` };
}

/** The definition, and the lists that it is in. @throws Problem when it exists or a name is taken */
export async function changesForEvent(root: string, event: NewEvent): Promise<Map<string, string>> {
  requireEventName(event.name);
  requireTopicName(event.topic);
  requireField(event.key, event);
  const path = pathOfEvent(event.name);
  const [index, topics] = [INDEX, TOPICS].map((file) => readFileSync(join(root, file), 'utf8')) as [string, string];
  if (existsSync(join(root, path)) || existsSync(join(root, `contracts/${event.name}.v1.json`))) {
    throw new Problem(
      `the event ${event.name} exists: ${path}`,
      'To change it: CONTRIBUTING.md, "How to change an event". Or choose another name.',
    );
  }
  requireNew(root, [path]);
  const names = [camel(event.name), pascal(event.name)];
  const taken = names.find((name) => new RegExp(`\\b${name}\\b`).test(index));
  if (taken !== undefined) {
    throw new Problem(`packages/event-catalog exports ${taken} already`, 'Choose another name for the event.');
  }
  const known = topicsIn(topics).find(({ name }) => name === event.topic);
  if (known === undefined && new RegExp(`\\b${constantOfTopic(event.topic)}\\b`).test(topics)) {
    throw new Problem(`${TOPICS} has ${constantOfTopic(event.topic)} already`, 'Choose another name for the topic.');
  }
  const changes = new Map([[path, eventSource(event, known?.constant ?? constantOfTopic(event.topic))]]);
  if (known === undefined) changes.set(TOPICS, addTopic(topics, event.topic));
  changes.set(INDEX, addToIndex(index, event.name));
  for (const [file, text] of changes) changes.set(file, await formatted(root, file, text));
  return changes;
}

export function requireEventName(name: string): void {
  const words = name.split('.');
  for (const word of words) requireKebab('an event', word, WORD_CHARACTERS_MAX);
  if (words.length !== 2) {
    throw new Problem(
      `"${name}" is not a name of an event: it has ${words.length - 1} dots, not one`,
      'A noun and what happened to it, such as invoice.issued or member.signed-up.',
    );
  }
}

function requireTopicName(topic: string): void {
  requireKebab('a topic', topic, TOPIC_CHARACTERS_MAX);
}

function requireField(field: string, { name = '' }: Given | NewEvent): void {
  if (!/^[a-z][A-Za-z0-9]*$/.test(field)) {
    throw new Problem(`"${field}" is not a name of a field`, 'Letters and digits in camel case, such as invoiceId.');
  }
  if (field === timeOf(name)) {
    throw new Problem(
      `"${field}" is the time of the event, which keeps no order`,
      'Choose the id of what the event is about.',
    );
  }
}
