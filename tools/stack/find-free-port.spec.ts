import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { findFreePort, giveBackPort } from './find-free-port.ts';
import { takePorts } from './ports.ts';

test('the next free port is taken when the wanted one is busy', async () => {
  const wanted = await findFreePort();
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  giveBackPort(wanted);

  const instead = await findFreePort(wanted);
  expect(instead).toBeGreaterThan(wanted);

  giveBackPort(instead);
  server.close();
});

test('a port is not given twice, although it is not bound yet', async () => {
  const wanted = await findFreePort();
  giveBackPort(wanted);
  const ports = await Promise.all(Array.from({ length: 5 }, () => findFreePort(wanted)));
  expect(new Set(ports).size).toBe(5);
  ports.forEach(giveBackPort);
});

test('one busy port moves one part, and does not take the usual port of another part', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: busy } = server.address() as AddressInfo;

  const ports = await takePorts([
    ['member-service', busy],
    ['order-service', busy + 1],
  ]);
  expect(ports.get('member-service')).not.toBe(busy);
  expect(ports.get('member-service')).not.toBe(ports.get('order-service'));

  for (const port of ports.values()) giveBackPort(port);
  server.close();
});
