import { afterAll, beforeAll, expect, test } from 'vitest';
import { SERVICES } from '../../tools/stack/services.ts';
import { startStack } from './start-stack.ts';
import type { System } from './start-stack.ts';

let system: System;

beforeAll(async () => {
  system = await startStack();
});

afterAll(async () => {
  await system.close();
});

test('a system is ready when it is started, and hands on what reaches it', async () => {
  const member = await system.customer.signUp({ email: 'first@example.com', name: '김하늘' });
  const order = await system.customer.placeOrder(member.id);
  await system.customer.completeOrder(order.id);
  await system.customer.requestReceipt(order.id, 'books@example.com');

  await system.inbox.awaitMails({ to: member.email }, 2);
  const receipt = await system.inbox.awaitMail({ to: 'books@example.com' });
  const entry = await system.confirmed({ to: 'books@example.com' });
  expect(entry).toMatchObject({ topic: 'email', messageId: receipt.messageId });
});

test('a part that is stopped stays stopped, and what it did not do is done when it is started', async () => {
  await system.stop('mail-service');
  await system.customer.signUp({ email: 'meanwhile@example.com', name: '이도윤' });
  expect(system.pid('mail-service')).toBeUndefined();
  await system.start('mail-service');
  await system.inbox.awaitMail({ to: 'meanwhile@example.com' });
});

test.each([...SERVICES, 'log-broker', 'postgres', 'maildev'])('%s comes back after kill -9', async (part) => {
  const before = system.pid(part);
  await system.kill(part);
  await system.ready(part);
  expect(system.pid(part)).not.toBe(before);
});

test('a second mail-service becomes a part of its own', async () => {
  await system.ready();
  const second = await system.addMailService();
  const response = await fetch(`${second.url}/health/ready`);
  expect(response.status).toBe(200);
  await system.stop(second.part);
});
