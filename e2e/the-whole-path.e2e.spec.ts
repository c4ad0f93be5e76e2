import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenAddresses } from './harness/addresses.ts';
import { startStack } from './harness/start-stack.ts';
import type { System } from './harness/start-stack.ts';
import { Broker } from './harness/broker.ts';

let system: System;
let broker: Broker;

beforeAll(async () => {
  system = await startStack();
  broker = new Broker(system.addresses.brokers);
});
afterAll(async () => {
  await broker?.close();
  await system?.close();
});

describe('a sign-up', () => {
  it('sends a welcome mail in Korean, every character intact', async () => {
    const member = await system.customer.signUp({ email: 'haneul@example.com', name: '김하늘', locale: 'ko' });
    const mail = await system.inbox.awaitMail({ to: member.email });
    expect(mail.subject).toBe('김하늘님, 환영합니다');
    expect(mail.text).toContain('김하늘님');
    expect(mail.html).toContain('김하늘님');
    const entry = await system.confirmed({ to: member.email });
    expect(entry).toMatchObject({
      template: 'welcome',
      status: 'accepted',
      ambiguous: false,
      attempts: 1,
      topic: 'member',
    });
    expect(mail.messageId).toBe(entry.messageId);
  });

  it('sends a welcome mail in English', async () => {
    const member = await system.customer.signUp({ email: 'robin@example.com', name: 'Robin <Hood>', locale: 'en' });
    const mail = await system.inbox.awaitMail({ to: member.email });
    expect(mail.subject).toMatch(/welcome/i);
    expect(mail.text).toContain('Robin <Hood>');
    expect(mail.html).toContain('Robin &lt;Hood&gt;');
  });
});

describe('a completed order', () => {
  it('sends an order mail, once, however often it is completed', async () => {
    const member = await system.customer.signUp({ email: 'bora@example.com', name: '이보라' });
    const order = await system.customer.placeOrder(member.id);
    await Promise.all([1, 2, 3].map(() => system.customer.completeOrder(order.id)));
    await system.customer.completeOrder(order.id);
    const mail = await system.inbox.awaitMail({ to: member.email, subject: /주문/ });
    expect(mail.text).toContain('녹차');
    expect(mail.text).toContain('24,000');
    const rows = await system.query('order-service', 'SELECT id FROM outbox WHERE aggregateid = $1', [order.id]);
    expect(rows).toHaveLength(1);
  });

  it('sends a receipt to the recipient of a command', async () => {
    const member = await system.customer.signUp({ email: 'dana@example.com', name: 'Dana', locale: 'en' });
    const order = await system.customer.placeOrder(member.id);
    const eventId = await system.customer.requestReceipt(order.id, 'accounts@example.com');
    const mail = await system.inbox.awaitMail({ to: 'accounts@example.com' });
    expect(mail.messageId).toContain(eventId);
    const entry = await system.confirmed({ eventId });
    expect(entry).toMatchObject({ template: 'requested', topic: 'email', status: 'accepted' });
  });
});

describe('a record that is delivered twice', () => {
  it('sends one mail', async () => {
    const member = await system.customer.signUp({ email: 'once@example.com', name: '한번' });
    await system.inbox.awaitMail({ to: member.email });
    const again = await broker.repeat(await system.confirmed({ to: member.email }));
    await broker.consumed('mail-service', again);
    expect(await system.inbox.mailsTo(member.email)).toHaveLength(1);
  });
});

describe('garbage on a topic', () => {
  it.each(['member', 'order', 'email'])(
    '%s: is set aside with its bytes, and what comes next is handled',
    async (topic) => {
      const bytes = Buffer.from([0, 1, 2, 0xff, 0xfe, 0x7b]);
      const place = await broker.write(topic, { key: 'garbage', value: bytes });
      await broker.consumed('mail-service', place);

      const answer = await fetch(`${system.url('mail-service')}/dead-letters?limit=10`);
      const letters = (await answer.json()) as Array<{ topic: string; value: string; reason: string }>;
      expect(letters.find((letter) => letter.topic === topic)).toMatchObject({
        reason: 'undecodable',
        value: bytes.toString('base64'),
      });

      const member = await system.customer.signUp({ email: `after-${topic}@example.com`, name: '다음' });
      const order = await system.customer.placeOrder(member.id);
      await system.customer.completeOrder(order.id);
      await system.customer.requestReceipt(order.id, `receipt-after-${topic}@example.com`);
      await system.inbox.awaitMails({ to: member.email }, 2);
      await system.inbox.awaitMail({ to: `receipt-after-${topic}@example.com` });
      const ready = await fetch(`${system.url('mail-service')}/health/ready`);
      expect(ready.status).toBe(200);
    },
  );
});

describe('two instances of mail-service', () => {
  // A system that is known by its addresses alone has nothing to start a second one with.
  it.skipIf(givenAddresses() !== undefined)('share the work, and every mail is sent once', async () => {
    const second = await system.addMailService('second');
    await broker.membersOf('mail-service', 2);
    const members = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        system.customer.signUp({ email: `shared-${n}@example.com`, name: `회원${n}` }),
      ),
    );
    for (const { email } of members) await system.inbox.awaitMail({ to: email });
    const mails = await system.inbox.mails();
    for (const { email } of members) expect(mails.filter(({ to }) => to.includes(email))).toHaveLength(1);
    const sent = (part: string): number => system.log(part).split('mail accepted by the mail server').length - 1;
    expect(sent('mail-service')).toBeGreaterThan(0);
    expect(sent(second.part)).toBeGreaterThan(0);
  });
});
