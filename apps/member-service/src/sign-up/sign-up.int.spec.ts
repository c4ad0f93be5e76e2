import { publishedBy } from '@event-bus/messaging-client/testing';
import { until } from '@event-bus/test-kit/until';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMemberService } from '../testing/start-member-service.ts';
import type { StartedService } from '@event-bus/service-kit/testing';

let service: StartedService;
let dataSource: DataSource;

beforeAll(async () => {
  service = await startMemberService();
  ({ dataSource } = service);
});
afterAll(() => service?.stop());
beforeEach(() => dataSource.query('TRUNCATE member, outbox'));

const jimin = { email: 'jimin@example.com', name: '김지민', locale: 'en' };

it('the schema that the records of a sign-up name is served', async () => {
  expect(await service.get('/schemas/member.signed-up/v1.json')).toMatchObject({
    status: 200,
    body: { $id: 'urn:event:member.signed-up:v1', required: expect.arrayContaining(['memberId']) },
  });
});

describe('POST /members', () => {
  it('answers 201 with the member, who can then be looked up', async () => {
    const { status, body } = await service.post('/members', jimin);
    expect(status).toBe(201);
    expect(body).toEqual({ ...jimin, id: expect.any(String), signedUpAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) });
    expect(await service.get(`/members/${body.id}`)).toMatchObject({ status: 200, body });
  });

  it('writes mails in Korean unless the request names a locale', async () => {
    const { body } = await service.post('/members', { email: 'minsu@example.com', name: '민수' });
    expect(body.locale).toBe('ko');
  });

  it('puts the event beside the member, keyed by the member', async () => {
    const { body } = await service.post('/members', jimin);
    const { id: memberId, ...rest } = body;
    expect(await publishedBy(dataSource)).toMatchObject([
      { name: 'member.signed-up', topic: 'member', key: memberId, payload: { memberId, ...rest } },
    ]);
  });

  it('keeps a phone number in E.164, with the member and in the event', async () => {
    const { body } = await service.post('/members', { ...jimin, phone: '+82 10-1234-5678' });
    expect(body.phone).toBe('+821012345678');
    expect(await service.get(`/members/${body.id}`)).toMatchObject({ body });
    expect(await publishedBy(dataSource)).toMatchObject([{ payload: { phone: '+821012345678' } }]);
  });

  it('refuses a phone number without its country', async () => {
    const { status, body } = await service.post('/members', { ...jimin, phone: '010-1234-5678' });
    expect(status).toBe(400);
    expect(body.problems).toEqual([
      { path: 'phone', message: 'must be a phone number with its country, such as +82 10 1234 5678' },
    ]);
  });

  it('keeps no member whose event could not be written', async () => {
    await dataSource.query('ALTER TABLE outbox ADD CONSTRAINT full_disk CHECK (false) NOT VALID');
    try {
      expect((await service.post('/members', jimin)).status).toBe(500);
      expect(await dataSource.query('SELECT * FROM member')).toEqual([]);
    } finally {
      await dataSource.query('ALTER TABLE outbox DROP CONSTRAINT full_disk');
    }
  });

  it('names every bad field', async () => {
    const { status, body } = await service.post('/members', { email: 'jimin', name: ' ', locale: 'fr' });
    expect(status).toBe(400);
    expect(body.problems.map(({ path }: { path: string }) => path)).toEqual(['email', 'name', 'locale']);
    expect(await publishedBy(dataSource)).toEqual([]);
  });

  it('refuses what could not be mailed as it was given', async () => {
    const { body } = await service.post('/members', { email: 'jimin@예시.com#.example.com', name: '\u3164' });
    expect(body.problems.map(({ path }: { path: string }) => path)).toEqual(['email', 'name']);
    const { status } = await service.post('/members', '{"email":"jimin@example.com","name":"a\\ud800"}');
    expect(status).toBe(400);
    expect(await dataSource.query('SELECT * FROM member')).toEqual([]);
  });

  it('answers 409 when the address is taken, however it is written, and publishes nothing', async () => {
    await service.post('/members', jimin);
    const { status, body } = await service.post('/members', { ...jimin, email: ' JIMIN@Example.COM ' });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      type: '/problems/email-already-used',
      problems: [{ path: 'email', message: 'is taken' }],
    });
    expect(await publishedBy(dataSource)).toHaveLength(1);
  });

  it('answers 201 again to the client that sends its sign-up again with its key, and 409 to any other', async () => {
    const key = { 'idempotency-key': '"0199f1c2-7d4e-7b3a-9c55-222222222222"' };
    const first = await service.post('/members', jimin, key);
    expect(await service.post('/members', jimin, key)).toMatchObject({ status: 201, body: first.body });
    expect((await service.post('/members', jimin, { 'idempotency-key': 'of-another-client' })).status).toBe(409);
    expect((await service.post('/members', jimin)).status).toBe(409);
    expect(await dataSource.query('SELECT id FROM member')).toEqual([{ id: first.body.id }]);
    expect(await publishedBy(dataSource)).toHaveLength(1);
  });

  it('gives one 201 and otherwise 409 when many race for one address', async () => {
    // A connection that takes too long to open, as on a busy machine, is answered with 503; a client sends the request again.
    const signUp = () =>
      until('an answer other than 503', async () => {
        const answer = await service.post('/members', jimin);
        return answer.status !== 503 && answer;
      });
    const answers = await Promise.all(Array.from({ length: 20 }, signUp));
    const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    expect(await dataSource.query('SELECT count(*)::int AS members FROM member')).toEqual([{ members: 1 }]);
    expect(await publishedBy(dataSource)).toHaveLength(1);
  });
});

describe('GET /members/:id', () => {
  it('answers 404 for an id that is not a member’s and 400 for what is not an id', async () => {
    expect((await service.get('/members/0199f1c2-7d4e-7b3a-9c55-3f6f0a7b1c2d')).status).toBe(404);
    expect((await service.get('/members/7')).status).toBe(400);
  });
});
