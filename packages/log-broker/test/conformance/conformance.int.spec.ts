import { afterAll, beforeAll, describe, it } from 'vitest';
import { BrokerUnderTest } from './broker-under-test.ts';
import type { BrokerName } from './broker-under-test.ts';
import type { ConformanceMeta } from './behaviour.ts';
import { SUITE } from './suite.ts';

// The same assertions on log-broker and, with KAFKA_BOOTSTRAP=host:port, on the Apache Kafka that runs there. Logins need
// KAFKA_SASL_BOOTSTRAP as well: its listener with SASL_SSL, and the user test with the password testtest by PLAIN.

const bootstrap = process.env.KAFKA_BOOTSTRAP;
const withLogins = process.env.KAFKA_SASL_BOOTSTRAP ?? '';

const BROKERS: { name: BrokerName; hasLogins: boolean; open: (hasLogins: boolean) => Promise<BrokerUnderTest> }[] = [
  { name: 'log-broker', hasLogins: true, open: (hasLogins) => BrokerUnderTest.ofOurs(hasLogins) },
];
if (bootstrap) {
  const open = () => BrokerUnderTest.at(bootstrap, withLogins);
  BROKERS.push({ name: 'Apache Kafka', hasLogins: withLogins !== '', open });
}

describe.each(BROKERS)('conformance of $name', ({ name, hasLogins, open }) => {
  describe.each(hasLogins ? [false, true] : [false])('with logins: %s', (needsLogins) => {
    const chapters = SUITE.filter((chapter) => (chapter.needsLogins ?? false) === needsLogins);
    let broker: BrokerUnderTest;
    beforeAll(async () => {
      broker = await open(needsLogins);
    });
    afterAll(() => broker.close());

    describe.each(chapters)('$title', ({ title: chapter, behaviours }) => {
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
});
