import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICES } from '../tools/stack/services.ts';
import { startStack } from './harness/start-stack.ts';
import type { System } from './harness/start-stack.ts';
import { until } from '@event-bus/test-kit/until';

let system: System;

beforeAll(async () => {
  system = await startStack();
});
afterAll(async () => system?.close());

async function signUp(count: number, prefix: string): Promise<string[]> {
  const emails = Array.from({ length: count }, (_, n) => `${prefix}-${n}@example.com`);
  for (const [n, email] of emails.entries()) await system.customer.signUp({ email, name: `회원 ${n}` });
  return emails;
}

/** One mail each; or, where the outage may have come between a mail and its confirmation, one that the ledger calls ambiguous. */
async function expectNoMailLost(emails: readonly string[]): Promise<void> {
  for (const email of emails) {
    const mails = await system.inbox.awaitMails({ to: email }, 1);
    const [entry] = await until(`the ledger entry of ${email}`, async () => {
      const entries = await system.ledger({ to: email });
      return entries[0]?.status === 'accepted' && entries;
    });
    expect(mails.length === 1 || entry!.ambiguous, email).toBe(true);
  }
}

async function expectOneMailEach(emails: readonly string[]): Promise<void> {
  for (const email of emails) await system.inbox.awaitMail({ to: email });
  const mails = await system.inbox.mails();
  for (const email of emails)
    expect(
      mails.filter(({ to }) => to.includes(email)),
      email,
    ).toHaveLength(1);
}

/** Commands to one address have one key; their ids ascend in the order in which they were given. */
async function requestReceipts(count: number, to: string): Promise<string[]> {
  const member = await system.customer.signUp({ email: `buyer-of-${to}`, name: '구매자' });
  const order = await system.customer.placeOrder(member.id);
  const eventIds: string[] = [];
  for (let n = 0; n < count; n += 1) eventIds.push(await system.customer.requestReceipt(order.id, to));
  return eventIds;
}

async function expectInOrder(eventIds: readonly string[], to: string): Promise<void> {
  await system.inbox.awaitMails({ to }, eventIds.length);
  const arrived = (await system.inbox.mailsTo(to)).map(({ messageId }) => messageId.replace(/^<|\.requested@.*$/g, ''));
  expect(arrived).toEqual(eventIds);
}

describe('while the broker is unavailable', () => {
  it('members sign up as ever, and each gets one mail when it is back', async () => {
    await system.stop('log-broker');
    const emails = await signUp(10, 'no-broker');
    const waiting = await system.query('member-service', 'SELECT 1 FROM outbox WHERE published_at IS NULL');
    expect(waiting.length).toBeGreaterThanOrEqual(10);
    const ready = await fetch(`${system.url('member-service')}/health/ready`);
    expect(ready.status).toBe(200);
    await until('mail-service to report that it does not consume', async () => {
      const answer = await fetch(`${system.url('mail-service')}/health/ready`);
      return answer.status === 503;
    });
    await system.start('log-broker');
    await expectOneMailEach(emails);
  });
});

describe('while mail-service is down', () => {
  it('nothing is lost, and mails of one key arrive in their order when it is back', async () => {
    await system.stop('mail-service');
    const emails = await signUp(5, 'no-mail-service');
    const receipts = await requestReceipts(5, 'no-mail-service@example.com');
    await system.start('mail-service');
    await expectOneMailEach(emails);
    await expectInOrder(receipts, 'no-mail-service@example.com');
  });
});

describe('while the mail server is unavailable', () => {
  it('mails wait in the ledger, the service stays ready, and they arrive in their order when it is back', async () => {
    await system.stop('maildev');
    const emails = await signUp(5, 'no-smtp');
    const receipts = await requestReceipts(5, 'no-smtp@example.com');
    await until('a mail to wait in the ledger', async () => {
      const [entry] = await system.ledger({ to: emails[0]! });
      return entry?.status === 'waiting' && entry.attempts > 1;
    });
    const ready = await fetch(`${system.url('mail-service')}/health/ready`);
    expect(ready.status).toBe(200);
    await system.start('maildev');
    await expectOneMailEach(emails);
    await expectInOrder(receipts, 'no-smtp@example.com');
    for (const to of [...emails, 'no-smtp@example.com']) {
      expect(await system.ledger({ to })).not.toContainEqual(expect.objectContaining({ ambiguous: true }));
    }
  });
});

describe('while the database is unavailable', () => {
  it('services report it and stay up, and what was accepted before is mailed', async () => {
    const emails = await signUp(5, 'before-no-database');
    await system.stop('postgres');
    const refused = await fetch(`${system.url('member-service')}/members`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'no-database@example.com', name: '없음' }),
    });
    expect(refused.status).toBe(503);
    const pids = SERVICES.map((part) => system.pid(part));
    const ready = await fetch(`${system.url('member-service')}/health/ready`);
    expect(ready.status).toBe(503);
    await system.start('postgres');
    await expectNoMailLost(emails);
    await expectOneMailEach(await signUp(3, 'after-no-database'));
    expect(SERVICES.map((part) => system.pid(part))).toEqual(pids);
  });
});
