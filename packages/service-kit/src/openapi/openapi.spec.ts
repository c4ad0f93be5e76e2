import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ServiceKitModule } from '../service-kit.module.ts';
import { serveForTest } from '../testing/index.ts';
import type { ServiceUnderTest } from '../testing/index.ts';
import { Documented } from './documented.ts';

const imports = vi.hoisted(() => ({ count: 0 }));
vi.mock('@nestjs/swagger', async (load) => {
  imports.count++;
  return load();
});

const newThing = z.object({ name: z.string().transform((name) => name.trim()) }).meta({ examples: [{ name: 'tea' }] });

@Controller('things')
class ThingsController {
  @Get()
  @Documented({
    summary: 'Things',
    answers: { 200: z.array(z.object({ name: z.string() })) },
    problems: [{ type: '/problems/thing-busy', status: 503, title: 'The thing is busy' }],
  })
  list(): unknown[] {
    return [];
  }

  @Post()
  @Documented({ summary: 'Adds a thing', answers: { 201: z.object({ name: z.string() }) } })
  add(@Body({ schema: newThing }) thing: { name: string }): object {
    return thing;
  }

  @Get('secret')
  secret(): string {
    return 'not documented';
  }
}

/** Its database is nowhere: the document does not need one. */
@Module({ imports: [ServiceKitModule.forRoot({ service: 'thing-service' })], controllers: [ThingsController] })
class ThingModule {}

let service: ServiceUnderTest;
beforeAll(async () => {
  service = await serveForTest({ module: ThingModule });
});
afterAll(() => service.app.close());

it('@nestjs/swagger is imported at the first request for the document, not at the start', async () => {
  expect(await service.get('/health/live')).toMatchObject({ status: 200 });
  expect(imports.count).toBe(0);
  await service.get('/openapi.json');
  expect(imports.count).toBe(1);
});

describe('GET /openapi.json', () => {
  it('is an OpenAPI 3.1 document of the routes of the service and of those of the kit, without its own', async () => {
    const { status, body } = await service.get('/openapi.json');
    expect(status).toBe(200);
    expect(body).toMatchObject({ openapi: '3.1.0', info: { title: 'service-under-test' } });
    expect(Object.keys(body.paths).toSorted()).toEqual([
      '/health/live',
      '/health/ready',
      '/metrics',
      '/schemas/{event}/v{version}.json',
      '/things',
      '/things/secret',
    ]);
  });

  it('has the schema of an answer, and problems as application/problem+json, by type where they share a status', async () => {
    const { responses } = (await service.get('/openapi.json')).body.paths['/things'].get;
    expect(responses[200].content['application/json'].schema).toMatchObject({
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
    });
    expect(responses[503]).toMatchObject({
      description: expect.stringContaining('/problems/database-unavailable'),
      content: {
        'application/problem+json': {
          schema: {
            allOf: [{ $ref: '#/components/schemas/Problem' }],
            properties: { type: { enum: ['/problems/database-unavailable', '/problems/thing-busy'] } },
          },
        },
      },
    });
  });

  it('has the example of a request body, also of one with a transformation', async () => {
    const { requestBody } = (await service.get('/openapi.json')).body.paths['/things'].post;
    expect(requestBody.content['application/json'].schema.example).toEqual({ name: 'tea' });
  });

  it('has no summary and no answers for a route that is not documented, by which a spec finds it', async () => {
    const { get } = (await service.get('/openapi.json')).body.paths['/things/secret'];
    expect(get.summary).toBeUndefined();
    expect(get.responses).toEqual({});
  });
});

describe('GET /docs', () => {
  it('is a page that loads nothing from elsewhere', async () => {
    const response = await fetch(`${service.url}/docs`);
    const page = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/html/);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const files = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, file]) => file!);
    expect(files).toHaveLength(4);
    for (const file of files) {
      const { status, headers } = await fetch(new URL(file, `${service.url}/docs`));
      expect([file, status, headers.get('content-type')]).toEqual([
        file,
        200,
        expect.stringMatching(/css|javascript|png/),
      ]);
    }
  });

  it.each(['package.json', '..%2fpackage.json', 'constructor'])('does not serve %s', async (file) => {
    expect(await service.get(`/docs/${file}`)).toMatchObject({ status: 404 });
  });
});
