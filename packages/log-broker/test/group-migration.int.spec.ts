import { Consumer, stringDeserializers } from '@platformatic/kafka';
import { afterEach, describe, expect, it } from 'vitest';
import { startBroker } from '../src/index.ts';
import type { RunningBroker } from '../src/index.ts';
import { ListGroups } from '../src/wire/generated/list-groups.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import { WireClient } from './wire-client.ts';

// A group of real clients whose members are replaced one by one, from one protocol to the other and back, while records arrive
// all the time. kafkajs uses the classic protocol, @platformatic/kafka the newer one.

const TOPIC = 'load';
const PARTITIONS = 6;
const GROUP = 'workers';
const SOON = { timeout: 30_000 };

/** Ends the member when it has committed what it has handled. */
type Stop = () => Promise<void>;

describe('a group that changes its protocol under load', () => {
  let broker: RunningBroker;
  const stops = new Set<Stop>();
  const handled = new Set<string>();

  afterEach(async () => {
    for (const stop of stops) await stop();
    await broker.close();
  });

  const address = () => `${broker.host}:${broker.port}`;

  async function startClassic(): Promise<Stop> {
    const consumer = kafkajsClient(address()).consumer({ groupId: GROUP, maxWaitTimeInMs: 50, heartbeatInterval: 200 });
    await consumer.connect();
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void handled.add(String(message.value)) });
    return tracked(() => consumer.disconnect());
  }

  async function startNewer(): Promise<Stop> {
    const consumer = new Consumer({
      clientId: 'newer',
      bootstrapBrokers: [address()],
      groupId: GROUP,
      groupProtocol: 'consumer',
      deserializers: stringDeserializers,
      maxWaitTime: 50,
    });
    const stream = await consumer.consume({
      topics: [TOPIC],
      mode: 'committed',
      fallbackMode: 'earliest',
      autocommit: 100,
    });
    stream.on('data', ({ value }) => void handled.add(value));
    stream.on('error', () => undefined);
    return tracked(async () => {
      await stream.close();
      await consumer.close(true);
    });
  }

  function tracked(stop: Stop): Stop {
    const once = async () => {
      if (stops.delete(once)) await stop();
    };
    stops.add(once);
    return once;
  }

  it('loses no record, and is of the protocol of its members in the end', async () => {
    broker = await startBroker({ listen: { port: 0 } });
    const kafka = kafkajsClient(address());
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] });
    const producer = kafka.producer();
    await producer.connect();
    let sent = 0;
    const over = new AbortController();
    const load = (async () => {
      while (!over.signal.aborted) {
        const messages = Array.from({ length: 50 }, () => ({ value: `r${sent++}` }));
        await producer.send({ topic: TOPIC, messages });
      }
    })();
    /** Until everything that had been sent is handled: the members of this moment work. */
    const caughtUp = async () => {
      const upTo = sent;
      const isMissing = (value: string) => !handled.has(value);
      const missing = () => Array.from({ length: upTo }, (_, n) => `r${n}`).filter(isMissing);
      await expect.poll(missing, SOON).toEqual([]);
    };
    const wire = await WireClient.connect(address());
    const typeNow = async () => (await wire.send(ListGroups, 5, {})).groups[0]?.groupType;

    const classic = [await startClassic(), await startClassic()];
    await caughtUp();
    expect(await typeNow()).toBe('classic');
    const newer: Stop[] = [];
    for (const stop of classic) {
      newer.push(await startNewer());
      await caughtUp();
      await stop();
      await caughtUp();
    }
    expect(await typeNow()).toBe('consumer');
    for (const stop of newer) {
      await startClassic();
      await caughtUp();
      await stop();
      await caughtUp();
    }
    over.abort();
    await load;
    await caughtUp();
    expect(await typeNow()).toBe('classic');
    wire.close();
    await producer.disconnect();
    await admin.disconnect();
  });
});
