import { currentTrace } from '@event-bus/messaging-client';
import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import fc from 'fast-check';
import { STATUS_CODES } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Readiness } from '../health/readiness.ts';
import { REQUEST_BODY_BYTES_MAX } from '../limits.ts';
import { ServiceKitModule } from '../service-kit.module.ts';
import { serveForTest } from '../testing/index.ts';
import type { ServiceUnderTest } from '../testing/index.ts';

const bodySchema = z.object({ items: z.array(z.object({ quantity: z.int().min(1) })), name: z.string() });

@Controller()
class EchoController {
  @Post('echo')
  echo(@Body({ schema: bodySchema }) body: z.output<typeof bodySchema>): unknown {
    return { body, traceId: currentTrace()?.traceId };
  }
  @Get('things/:id')
  thing(@Param('id', { schema: z.uuid() }) id: string): unknown {
    return { id };
  }
  @Get('filtered')
  filtered(@Query({ schema: z.strictObject({ to: z.string().optional() }) }) query: object): unknown {
    return query;
  }
  @Post('unchecked/:text')
  unchecked(@Body() body: unknown, @Param('text') text: string, @Query() query: object): unknown {
    return { body, text, query };
  }
  @Get('bug')
  bug(): never {
    throw new Error('the password is hunter2');
  }
  @Get('unavailable')
  unavailable(): never {
    throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
  }
  @Post('unavailable')
  unavailableToo(): never {
    return this.unavailable();
  }
}

@Module({ imports: [ServiceKitModule.forRoot({ service: 'echo-service' })], controllers: [EchoController] })
class EchoModule {}

let service: ServiceUnderTest;
beforeAll(async () => {
  service = await serveForTest({ module: EchoModule });
});
afterAll(() => service.app.close());

describe('a request', () => {
  it('has its body read by the schema', async () => {
    const { status, body } = await service.post('/echo', { name: '김지민', items: [], unknown: true });
    expect(status).toBe(201);
    expect(body.body).toEqual({ name: '김지민', items: [] });
  });

  it('has its text taken as it was sent, whatever it is, or is answered 400', async () => {
    const broken = fc.constantFrom('\0', '\ud83d', '\ude00');
    const unit = fc.oneof({ weight: 9, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) }, broken);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit }), async (name) => {
        const isBroken = name.includes('\0') || !name.isWellFormed();
        const posted = await service.post('/echo', { name, items: [] });
        expect(posted).toMatchObject(isBroken ? { status: 400 } : { status: 201, body: { body: { name } } });
        const answer = await service.get(`/filtered?to=${encodeURIComponent(name.toWellFormed())}`);
        const to = name.toWellFormed();
        expect(answer).toMatchObject(to.includes('\0') ? { status: 400 } : { status: 200, body: { to } });
      }),
      { numRuns: 30 },
    );
  }, 30_000);

  it('runs in the trace that it names, which the answer names too', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const response = await fetch(`${service.url}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-b7ad6b7169203331-01` },
      body: JSON.stringify({ name: 'x', items: [] }),
    });
    expect(await response.json()).toMatchObject({ traceId });
    expect(response.headers.get('traceparent')).toContain(traceId);
  });

  it('gets a trace when it names none', async () => {
    const { headers } = await service.get('/nowhere');
    expect(headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});

describe('an error', () => {
  it.each([
    ['of a schema', '/echo', '{}', 400],
    ['of the body parser', '/echo', '{', 400],
    ['of a text', '/unchecked/%00', '{}', 400],
    ['of a handler', '/bug', undefined, 500],
    ['of a database', '/unavailable', undefined, 503],
    ['of a path', '/nowhere', undefined, 404],
  ])('%s is a problem of RFC 9457 that names its trace', async (_, path, body, status) => {
    const answer = await (body === undefined ? service.get(path) : service.post(path, body));
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
    expect(answer).toMatchObject({
      status,
      body: { type: expect.any(String), title: expect.any(String), status, detail: expect.any(String) },
    });
    expect(answer.headers.get('traceparent')).toContain(answer.body.traceId);
  });

  it('names every bad field of a body', async () => {
    const { status, body } = await service.post('/echo', { items: [{ quantity: 1 }, { quantity: 0 }, {}] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ type: '/problems/invalid-request', title: expect.any(String), status: 400 });
    expect(body.problems.map(({ path }: { path: string }) => path)).toEqual([
      'items.1.quantity',
      'items.2.quantity',
      'name',
    ]);
  });

  it('names a bad path parameter', async () => {
    const { status, body } = await service.get('/things/7');
    expect(status).toBe(400);
    expect(body.problems).toEqual([{ path: 'id', message: expect.any(String) }]);
  });

  it.each([
    ['is not JSON', '{"name":', 400],
    ['is too large', JSON.stringify({ name: 'x'.repeat(REQUEST_BODY_BYTES_MAX) }), 413],
  ])('reports a body that %s', async (_, text, status) => {
    const answer = await service.post('/echo', text);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ type: 'about:blank', title: STATUS_CODES[status], status });
    expect(answer.body.detail).not.toBe('');
  });

  it.each(['null', '"x"', '1'])('reports that an object was expected when a body is the JSON %s', async (text) => {
    const { status, body } = await service.post('/echo', text);
    expect(status).toBe(400);
    expect(body.problems).toEqual([{ path: '(body)', message: expect.stringContaining('expected object') }]);
  });

  it.each([
    ['bytes that are not UTF-8', Buffer.from('{"name":"Jos\xe9","items":[]}', 'latin1'), '(body)', 'is not UTF-8'],
    ['a NUL character', '{"name":"a\\u0000b","items":[]}', 'name', 'NUL'],
    ['a NUL character in a key', '{"name":"a","items":[],"a\\u0000":1}', '(body)', 'NUL'],
    ['half of a surrogate pair', '{"name":"x","items":[{"more":["\\ud83d"]}]}', 'items.0.more.0', 'surrogate'],
    ['a key __proto__', '{"name":"x","items":[{"__proto__":{}}]}', 'items.0', '__proto__'],
    ['levels without end', `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'name', 'nested deeper'],
  ])('names the field of a body with %s', async (_, body, field, problem) => {
    const response = await fetch(`${service.url}/unchecked/x`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    const [first] = ((await response.json()) as { problems: { path: string; message: string }[] }).problems;
    expect(first!.path).toMatch(new RegExp(`^${field.replaceAll(/[().]/g, '\\$&')}`));
    expect(first!.message).toContain(problem);
  });

  it.each([
    ['/unchecked/%00', '(path)', 'NUL'],
    ['/unchecked/%ff', '(path)', 'UTF-8'],
    ['/unchecked/x?to=%00', 'to', 'NUL'],
    ['/unchecked/x?a=1&to=%ed%a0%80', 'to', 'UTF-8'],
    ['/unchecked/x?to%00=1', '(query)', 'NUL'],
    ['/unchecked/x?__proto__=1', '(query)', '__proto__'],
    ['/unchecked/x?%5F_proto__[a]=1&__proto__', '(query)', '__proto__'],
  ])('names what of %s cannot be read', async (path, field, problem) => {
    const { status, body } = await service.post(path, {});
    expect(status).toBe(400);
    expect(body.problems).toEqual([{ path: field, message: expect.stringContaining(problem) }]);
  });

  it('is a 415 for JSON in another charset than UTF-8', async () => {
    const response = await fetch(`${service.url}/unchecked/x`, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-16le' },
      body: Buffer.from('{"name":"x"}', 'utf16le'),
    });
    expect(response.status).toBe(415);
  });

  it.each(['constructor', 'prototype', 'toString', 'hasOwnProperty', '__proto__'])(
    'refuses ?%s=1 where filters are strict: it is not a filter',
    async (key) => {
      const { status, body } = await service.get(`/filtered?${key}=1`);
      expect(status).toBe(400);
      expect(body.problems).toEqual([{ path: '(query)', message: expect.any(String) }]);
    },
  );

  it('explains how to send a body when there is none', async () => {
    const response = await fetch(`${service.url}/echo`, { method: 'POST', body: new URLSearchParams({ name: 'x' }) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      problems: [{ path: '(body)', message: expect.stringContaining('JSON') }],
    });
  });

  it('that is unexpected is a 500 without its details', async () => {
    const { status, body } = await service.get('/bug');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('of an unavailable database is a 503 with Retry-After', async () => {
    const { status, headers, body } = await service.get('/unavailable');
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { code: 'database-unavailable', detail: expect.stringContaining('does not answer') },
    });
    expect(headers.get('retry-after')).toBe('1');
    const posted = await service.post('/unavailable', {});
    expect(posted).toMatchObject({
      status: 503,
      body: { code: 'effect-unknown', detail: expect.stringContaining('may or may not have taken effect') },
    });
  });

  it('of an unknown path is a 404', async () => {
    expect((await service.get('/nowhere')).body).toMatchObject({ status: 404, title: 'Not Found' });
  });
});

describe('health', () => {
  it('is live with the name of the service, and ready while its checks pass', async () => {
    expect(await service.get('/health/live')).toMatchObject({
      status: 200,
      body: { status: 'live', service: 'echo-service' },
    });
    expect(await service.get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ready', checks: {} } });

    service.app.get(Readiness).add('consumer', async () => ({ ready: false, detail: 'crashed' }));
    expect(await service.get('/health/ready')).toMatchObject({
      status: 503,
      body: {
        type: '/problems/not-ready',
        status: 503,
        detail: 'consumer: crashed',
        checks: { consumer: { ready: false, detail: 'crashed' } },
      },
    });
    expect((await service.get('/health/live')).status).toBe(200);
  });
});
