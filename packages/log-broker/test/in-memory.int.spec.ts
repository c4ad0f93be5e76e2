import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { startBroker } from '../src/index.ts';
import { kafkajsClient } from './kafkajs-client.ts';

it('brokers that are given no data folder keep their records in memory, each its own', async () => {
  await using one = await startMemoryBroker();
  await using other = await startMemoryBroker();
  await one.admin.createTopics({ topics: [{ topic: 'orders' }] });
  expect(await one.admin.listTopics()).toEqual(['orders']);
  expect(await other.admin.listTopics()).toEqual([]);
  expect(existsSync('/data/.lock')).toBe(false);
});

async function startMemoryBroker() {
  const broker = await startBroker({ listen: { port: 0 } });
  const admin = kafkajsClient(`${broker.host}:${broker.port}`).admin();
  await admin.connect();
  return {
    admin,
    async [Symbol.asyncDispose]() {
      await admin.disconnect();
      await broker.close();
    },
  };
}
