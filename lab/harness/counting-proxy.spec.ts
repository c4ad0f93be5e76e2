import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { onTestFinished, expect, test } from 'vitest';
import { CountingProxy } from './counting-proxy.ts';

test('bytes of both directions and round trips are counted', async () => {
  const server = createServer((socket) => socket.on('data', () => socket.write('yes')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = new CountingProxy();
  const place = await proxy.through(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  const client = connect({ host: '127.0.0.1', port: Number(place.split(':')[1]) });
  onTestFinished(async () => {
    client.destroy();
    await proxy.close();
    server.close();
  });

  const counted = await proxy.count(async () => {
    for (const question of ['hello', 'again']) {
      client.write(question);
      await once(client, 'data');
    }
  });
  expect(counted).toEqual({ bytes: 16, received: 6, roundTrips: 2 });
});

test('one place has one address', async () => {
  const proxy = new CountingProxy();
  onTestFinished(async () => proxy.close());
  const [first, second] = await Promise.all([proxy.through('127.0.0.1:1'), proxy.through('127.0.0.1:1')]);
  expect(first).toBe(second);
});
