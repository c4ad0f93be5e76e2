/**
 * Creates the catalog's topics that are missing, and says where one that is there differs from the catalog. It changes
 * none: another number of partitions would move keys, and a shorter retention deletes records.
 *
 *     KAFKA_BROKERS=127.0.0.1:9092 node tools/compose/one-shot/ensure-topics.ts
 *
 * Exit code 1 when there is no broker to ask, or it does not let us; a difference is reported, not punished.
 */
import { topics } from '@event-bus/event-catalog';
import { kafkaLoginIsComplete, kafkaSettings, messagingEnv } from '@event-bus/messaging-client';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin } from 'kafkajs';
import { z } from 'zod';

/** A cluster that is just forming answers, and elects its leaders a little later. */
const RETRY = { retries: 20, initialRetryTime: 250, maxRetryTime: 1_500 } as const;

/** "As the broker is set up": three copies on a cluster that says so, one on a single broker. */
const BROKER_DEFAULT = -1;

/** Kafka's number for "a topic's settings"; kafkajs's own name for it cannot be imported from an ES module. */
const TOPIC_RESOURCE = 2;

type Topic = (typeof topics)[number];

const { brokers, tls, sasl } = kafkaSettings(z.object(messagingEnv).check(kafkaLoginIsComplete).parse(process.env));
const kafka = new Kafka({
  brokers: [...brokers],
  ssl: tls,
  sasl,
  clientId: 'ensure-topics',
  logLevel: logLevel.NOTHING,
  retry: RETRY,
});
const admin = kafka.admin();

try {
  await admin.connect();
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  await create(admin, missing);
  for (const topic of topics) {
    const differences = await compare(admin, topic);
    const found = missing.includes(topic)
      ? 'created'
      : differences.length === 0
        ? 'as defined'
        : 'DIFFERS, left as it is';
    console.log([`${topic.name}: ${found}`, ...differences].join('\n  '));
  }
} catch (error) {
  console.error(`no topics at ${brokers.join(', ')}: ${error instanceof Error ? error.message : String(error)}`);
  console.error(
    'With compose a broker runs in each of the profiles kafka, cluster, embedded and secure: is one of them chosen?',
  );
  process.exitCode = 1;
} finally {
  await admin.disconnect();
}

async function create(admin: Admin, missing: readonly Topic[]): Promise<void> {
  if (missing.length === 0) return;
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map(({ name, partitions, retentionMs }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: BROKER_DEFAULT,
      configEntries: [{ name: 'retention.ms', value: String(retentionMs) }],
    })),
  });
}

/** What the broker has, where it is not what the catalog says. */
async function compare(admin: Admin, { name, partitions, retentionMs }: Topic): Promise<string[]> {
  const differences: string[] = [];
  const { topics: found } = await admin.fetchTopicMetadata({ topics: [name] });
  const count = found[0]?.partitions.length ?? 0;
  if (count !== partitions) differences.push(`partitions: ${count}, the catalog says ${partitions}`);

  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC_RESOURCE, name, configNames: ['retention.ms'] }],
  });
  const retention = resources[0]?.configEntries.find(({ configName }) => configName === 'retention.ms')?.configValue;
  if (retention !== String(retentionMs))
    differences.push(`retention.ms: ${retention}, the catalog says ${retentionMs}`);
  return differences;
}
