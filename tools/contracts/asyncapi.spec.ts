import { Parser } from '@asyncapi/parser';
import { eventCatalog, jsonSchemaOf } from '@event-bus/event-catalog';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { idOf } from './contract.ts';
import { exampleHeaders, makeAsyncApi } from './make-asyncapi.ts';
import { makeEventsPage } from './make-events-page.ts';
import { readServices } from './read-services.ts';

interface Document {
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly examples: readonly [{ headers: object; payload: unknown }] }>
    >;
    readonly schemas: { readonly CloudEventHeaders: { readonly properties: object } };
  };
}

const services = await readServices();
const bus = JSON.stringify(makeAsyncApi('bus', 'All of it.', services));

/** What AsyncAPI's own parser finds, apart from its hint that there is a later version; it does not look at examples. */
async function problemsOf(text: string): Promise<string[]> {
  const { diagnostics } = await new Parser().parse(text);
  const problems = diagnostics
    .filter(({ code }) => code !== 'asyncapi-latest-version')
    .map(({ code, path, message }) => `${code} at ${path.join('.')}: ${message}`);
  return [...problems, ...exampleProblemsOf(text)];
}

function exampleProblemsOf(text: string): string[] {
  const document = JSON.parse(text) as Document;
  // Not strict: a document is no schema, and `x-` keywords are allowed.
  const ajv = new Ajv({ strict: false, allErrors: true }).addSchema(document, 'document');
  addFormats.default(ajv);
  return Object.entries(document.components.messages).flatMap(([name, { examples }]) =>
    (['headers', 'payload'] as const).flatMap((part) => {
      const isValid = ajv.getSchema(`document#/components/messages/${name}/${part}`)!;
      return isValid(examples[0][part]) === true ? [] : [`${name} ${part}: ${ajv.errorsText(isValid.errors)}`];
    }),
  );
}

describe('an AsyncAPI document', () => {
  test('of the whole bus is valid, and its examples match its schemas', async () => {
    expect(await problemsOf(bus)).toEqual([]);
  });

  test.each(services.map((service) => [service.service, service] as const))('of %s is valid', async (name, service) => {
    expect(await problemsOf(JSON.stringify(makeAsyncApi(name, 'One service.', [service])))).toEqual([]);
  });

  test.each([
    ['a payload', 'jimin@example.com', 'jimin'],
    ['a header', '"ce_specversion":"1.0"', '"ce_specversion":"0.3"'],
    ['a key of the document', '"action":"send"', '"action":"shout"'],
  ])('with %s that is wrong is refused by the same check', async (_, right, wrong) => {
    expect(bus).toContain(right);
    expect(await problemsOf(bus.replaceAll(right, wrong))).not.toEqual([]);
  });

  test('of the whole bus has every event that a service publishes or consumes, and the dead letters of the client', async () => {
    const { document } = await new Parser().parse(bus);
    const messages = document?.allMessages().all() ?? [];
    expect(new Set(messages.map((message) => message.title()))).toEqual(
      new Set([
        ...services.flatMap(({ publishes, consumes }) => [...publishes, ...consumes].map(idOf)),
        'record.dead-lettered v1',
      ]),
    );
  });

  test('has a topic of dead letters for each topic that a service consumes', () => {
    const dead = new Set(
      services.flatMap(({ service, consumes }) => consumes.map(({ topic }) => `${topic.name}.${service}.dead`)),
    );
    const { channels } = JSON.parse(bus) as { channels: Record<string, unknown> };
    expect(
      Object.keys(channels)
        .filter((topic) => topic.endsWith('.dead'))
        .toSorted(),
    ).toEqual([...dead].toSorted());
    expect(dead).toContain('member.order-service.dead');
  });

  test('describes every header that the relay writes; ce_dataversions only where an event has several', () => {
    const { components } = JSON.parse(bus) as Document;
    const described = Object.keys(components.schemas.CloudEventHeaders.properties).toSorted();
    for (const { examples } of Object.values(components.messages))
      expect([...Object.keys(examples[0].headers), 'ce_dataversions'].toSorted()).toEqual(described);
  });
});

test('a handler with a name receives in a group of its own', () => {
  const orders = services.find(({ service }) => service === 'order-service')!;
  const groups = new Map([...orders.groups, ['order-service.index', orders.consumes]]);
  const { operations } = makeAsyncApi('orders', 'One service.', [{ ...orders, groups }]) as {
    operations: Record<string, { bindings?: { kafka: { groupId: { const: string } } }; tags: object[] }>;
  };
  const receiving = Object.entries(operations).filter(([id]) => id.includes('.receive.'));
  expect(receiving.map(([id, { bindings, tags }]) => [id, bindings?.kafka.groupId.const, tags])).toEqual([
    ['order-service.receive.member.signed-up.v1', 'order-service', [{ name: 'order-service' }]],
    ['order-service.index.receive.member.signed-up.v1', 'order-service.index', [{ name: 'order-service' }]],
  ]);
  expect(makeEventsPage([{ ...orders, groups }])).toContain('| order-service, order-service.index |');
});

test.each([...eventCatalog])('the records of $name v$version name its JSON Schema', (event) => {
  expect(exampleHeaders(event, services)['ce_dataschema']).toBe(jsonSchemaOf(event)['$id']);
});

test('the modules say which service publishes and which consumes an event', () => {
  const text = services.map(({ service, publishes, consumes }) => ({
    service,
    publishes: publishes.map(({ name }) => name).toSorted(),
    consumes: consumes.map(({ name }) => name).toSorted(),
  }));
  expect(text).toContainEqual({
    service: 'order-service',
    publishes: ['email.requested', 'order.completed'],
    consumes: ['member.signed-up'],
  });
});
