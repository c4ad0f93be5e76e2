import { afterAll, beforeAll, describe, it } from 'vitest';
import { BrokerUnderTest } from './broker-under-test.ts';
import type { BrokerName } from './broker-under-test.ts';
import type { ConformanceMeta } from './behaviour.ts';
import { SUITE } from './suite.ts';

// The same assertions on log-broker and, with KAFKA_BOOTSTRAP=host:port, on the Apache Kafka that runs there.

const bootstrap = process.env.KAFKA_BOOTSTRAP;

const BROKERS: { name: BrokerName; open: () => Promise<BrokerUnderTest> }[] = [
  { name: 'log-broker', open: () => BrokerUnderTest.ofOurs() },
];
if (bootstrap) BROKERS.push({ name: 'Apache Kafka', open: () => BrokerUnderTest.at(bootstrap) });

describe.each(BROKERS)('conformance of $name', ({ name, open }) => {
  let broker: BrokerUnderTest;
  beforeAll(async () => {
    broker = await open();
  });
  afterAll(() => broker.close());

  describe.each(SUITE)('$title', ({ title: chapter, behaviours }) => {
    for (const { title, show, missing } of behaviours) {
      const isMissing = missing?.on === name;
      it(`${isMissing ? 'does not: ' : ''}${title}`, { fails: isMissing }, async ({ task }) => {
        const parity: ConformanceMeta = { broker: name, chapter, title, isThere: !isMissing, missing };
        Object.assign(task.meta, { parity });
        await show(broker);
      });
    }
  });
});
