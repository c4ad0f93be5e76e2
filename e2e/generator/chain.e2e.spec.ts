import { until } from '@event-bus/test-kit/until';
import { expect, it } from 'vitest';
import { startStack } from '../harness/start-stack.ts';
import type { System } from '../harness/start-stack.ts';

/** In a clone with three services that were generated; services.generator.spec.ts names them, in the order of their events. */
const [invoice = '', reminder = '', archive = ''] = (process.env['GENERATED_SERVICES'] ?? '').split(',');

it('a completed order goes through three generated services, of which the second sends a mail', async () => {
  await using system = await startStack();
  const member = await system.customer.signUp({ email: 'sora@example.com', name: '이소라' });
  const order = await system.customer.placeOrder(member.id);
  await system.customer.completeOrder(order.id);
  const completed = await eventKept(system, invoice, order.id);
  const issued = await eventKept(system, reminder, completed);
  const mail = await system.inbox.awaitMail({
    to: 'operators@event-bus.example',
    subject: `invoice.issued ${completed}`,
  });
  expect(mail.messageId).toBe(`<${issued}@${reminder}>`);
  await eventKept(system, archive, issued);
});

/** The id of the event with this key, once the service has handled it. The next event has that id as its key. */
async function eventKept(system: System, service: string, key: string): Promise<string> {
  const table = `${service.replace(/-service$/, '').replaceAll('-', '_')}_entry`;
  return until(`an entry of ${service}`, async () => {
    const [row] = await system.query<{ event_id: string }>(service, `SELECT event_id FROM ${table} WHERE key = $1`, [
      key,
    ]);
    return row?.event_id;
  });
}
