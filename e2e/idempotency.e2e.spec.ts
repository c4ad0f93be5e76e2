import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStack } from './harness/start-stack.ts';
import type { System } from './harness/start-stack.ts';
import { until } from '@event-bus/test-kit/until';

const ROUNDS = 3;

let system: System;
/** A session of our own in member-service's database. */
let session: pg.Client;

beforeAll(async () => {
  system = await startStack();
  session = new pg.Client({ connectionString: system.addresses.databases['member-service'] });
  await session.connect();
});
afterAll(async () => {
  await session?.end();
  await system?.close();
});

interface Answer {
  readonly status: number;
  readonly member: { readonly id: string };
}

/** undefined: the connection broke before there was an answer. */
async function signUp(email: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(`${system.url('member-service')}/members`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `"${email}"` },
      body: JSON.stringify({ email, name: '이하나' }),
    });
    return { status: response.status, member: (await response.json()) as Answer['member'] };
  } catch {
    return undefined;
  }
}

/** As a client does that wants to know: the same request again, until it is answered. */
async function signUpInTheEnd(email: string): Promise<Answer> {
  return until(`a sign-up of ${email} to be answered`, async () => {
    const answer = await signUp(email);
    return answer !== undefined && answer.status !== 409 && answer.status < 500 && answer;
  });
}

async function membersOf(email: string): Promise<Answer['member'][]> {
  return (await session.query<Answer['member']>('SELECT id::text FROM member WHERE email = $1', [email])).rows;
}

describe('kill -9 of a service that has a sign-up with an Idempotency-Key', () => {
  it('before the commit: the same request again signs the member up', async () => {
    const email = 'before-the-commit@example.com';
    await session.query('BEGIN; LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE');
    const first = signUp(email);
    const waits = `SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'outbox'::regclass`;
    await until('the sign-up waits with its member written', async () => (await session.query(waits)).rowCount !== 0);
    await system.kill('member-service');
    await session.query('COMMIT');
    expect(await first).toBeUndefined();

    const { status, member } = await signUpInTheEnd(email);
    expect(status).toBe(201);
    expect(await membersOf(email)).toEqual([{ id: member.id }]);
    await system.inbox.awaitMail({ to: email });
  });

  it('behind the commit: the same request again gets the same member, who is signed up once', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const email = `behind-the-commit-${round}@example.com`;
      const first = signUp(email);
      await until('the sign-up is committed', async () => (await membersOf(email)).length === 1);
      await system.kill('member-service');
      const answers = [await first, await signUpInTheEnd(email)].filter((answer) => answer !== undefined);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(answers.map(({ member }) => member.id)).size).toBe(1);
      expect(await membersOf(email)).toEqual([{ id: answers[0]!.member.id }]);
      await system.ready('member-service');
    }
  });
});
