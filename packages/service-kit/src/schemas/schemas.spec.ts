import { memberSignedUp } from '@event-bus/event-catalog';
import type { EventDefinition } from '@event-bus/messaging-client';
import { Module } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { ServiceKitModule } from '../service-kit.module.ts';
import { serveForTest } from '../testing/index.ts';
import type { ServiceUnderTest } from '../testing/index.ts';
import { EventSchemas } from './event-schemas.ts';

@Module({ imports: [ServiceKitModule.forRoot({ service: 'schema-service' })] })
class SchemaModule {}

const v2: EventDefinition = {
  ...(memberSignedUp as EventDefinition),
  version: 2,
  upcast: { from: memberSignedUp, apply: (payload) => payload },
};
const unspoken: EventDefinition = {
  ...(memberSignedUp as EventDefinition),
  name: 'member.unspoken',
  schema: z.object({ name: z.string().transform((name) => name.length) }),
};

let service: ServiceUnderTest;
beforeAll(async () => {
  service = await serveForTest({ module: SchemaModule });
  service.app.get(EventSchemas).add([v2, unspoken]);
});
afterAll(() => service.app.close());

it.each([1, 2])('the JSON Schema of version %d is served under the name of its event', async (version) => {
  const { status, headers, body } = await service.get(`/schemas/member.signed-up/v${version}.json`);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toMatch(/^application\/schema\+json/);
  expect(body).toMatchObject({ $id: `urn:event:member.signed-up:v${version}`, title: `member.signed-up v${version}` });
});

it.each(['member.signed-up/v3', 'member.signed-up/v01', 'member.left/v1', '__proto__/v1'])(
  'a schema that the service does not have, %s, is answered 404 with those that it has',
  async (path) => {
    const { status, body } = await service.get(`/schemas/${path}.json`);
    expect(status).toBe(404);
    expect(JSON.stringify(body)).toContain('It has: member.signed-up v2, member.signed-up v1, member.unspoken v1.');
  },
);

it('an event without a complete JSON Schema costs its own answer, not the service', async () => {
  expect(await service.get('/schemas/member.unspoken/v1.json')).toMatchObject({ status: 500 });
  expect(await service.get('/schemas/member.signed-up/v1.json')).toMatchObject({ status: 200 });
});
