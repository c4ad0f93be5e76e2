import { expect, it } from 'vitest';
import { readConsoleConfig } from '../config.ts';
import { EventFeed } from '../sources/event-feed.ts';
import { Bursts } from './bursts.ts';

const AT = '2026-11-21T09:00:00.000Z';
const SERVICE = 'mail-service=http://127.0.0.1:1';
const feed = new EventFeed(
  readConsoleConfig({ KAFKA_BROKERS: '127.0.0.1:1', SERVICES: SERVICE, SERVICES_ADMIN: SERVICE }),
);
const bursts = new Bursts(feed);
const burstOf = () => ({ mailed: 0, parked: 0, dead: 0 });

function report(service: string, name: string, traceId: string, more: object = {}): void {
  feed.emit('events', service, [{ name, at: AT, traceId, ...more }]);
}

it('a mail is counted where it was seen last: parked, then dead, then sent by a redrive', async () => {
  const burst = burstOf();
  await bursts.send(burst, async (answered) => ['a', 'b'].forEach(answered));
  report('mail-service', 'record.parked', 'a');
  report('mail-service', 'record.parked', 'a');
  report('mail-service', 'record.handled', 'b');
  expect(burst).toEqual({ mailed: 1, parked: 1, dead: 0 });
  report('mail-service', 'record.dead', 'a');
  expect(burst).toEqual({ mailed: 1, parked: 0, dead: 1 });
  report('mail-service', 'record.handled', 'a');
  expect(burst).toEqual({ mailed: 2, parked: 0, dead: 0 });
});

it('counts a mail that was sent before the answer of its request was read', async () => {
  const burst = burstOf();
  await bursts.send(burst, async (answered) => {
    report('mail-service', 'record.handled', 'early');
    answered('early');
  });
  expect(burst).toEqual({ mailed: 1, parked: 0, dead: 0 });
});

it('counts neither other services and other traces, nor a record that was repeated, nor a burst that is forgotten', async () => {
  const burst = burstOf();
  await bursts.send(burst, async (answered) => ['c', 'd'].forEach(answered));
  report('order-service', 'record.handled', 'c');
  report('mail-service', 'record.handled', 'other');
  report('mail-service', 'record.handled', 'c', { repeated: true });
  expect(burst).toEqual(burstOf());
  bursts.forget(burst);
  report('mail-service', 'record.handled', 'd');
  expect(burst).toEqual(burstOf());
});
