/**
 * The same work by pg-transactional-outbox: its polling listener, one segment per key (its way to keep the order of a
 * key), its protections off, short polls, large batches.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, Partitioners, logLevel } from 'kafkajs';
import pg from 'pg';
import {
  DatabaseSetup,
  getDisabledLogger,
  initializeMessageStorage,
  initializePollingMessageListener,
} from 'pg-transactional-outbox';
import { noteMessage } from '../harness/note-taken.ts';
import { answer, optionsOf } from './program.ts';
import { BacklogClock, valueOf, writeAtRate } from './relay-clock.ts';
import type { RelayOptions } from './relay-clock.ts';

const options = optionsOf<RelayOptions>();
const { headers } = noteMessage(0, 1);
const pool = new pg.Pool({ connectionString: options.databaseUrl, max: 20 });
const setup = {
  outboxOrInbox: 'outbox' as const,
  database: new URL(options.databaseUrl).pathname.slice(1),
  schema: 'public',
  table: 'outbox',
  listenerRole: 'postgres',
  nextMessagesName: 'next_outbox_messages',
};
await pool.query(DatabaseSetup.dropAndCreateTable(setup));
await pool.query(DatabaseSetup.createPollingFunction(setup));
await pool.query(DatabaseSetup.setupPollingIndexes(setup));
await pool.query(
  `INSERT INTO outbox (id, aggregate_type, aggregate_id, message_type, segment, payload)
   SELECT gen_random_uuid(), $1, 'key-' || n % $3, 'note.taken', 'key-' || n % $3, $4::jsonb
     FROM generate_series(1, $2::integer) AS n`,
  [options.topic, options.backlog, options.keys, JSON.stringify(valueOf(0))],
);
await pool.query('ANALYZE outbox');

const kafka = new Kafka({ brokers: [options.address], clientId: 'theirs', logLevel: logLevel.NOTHING });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true });
await producer.connect();

const config = {
  outboxOrInbox: 'outbox' as const,
  dbListenerConfig: { connectionString: options.databaseUrl, max: 20 },
  settings: {
    dbSchema: 'public',
    dbTable: 'outbox',
    enableMaxAttemptsProtection: false,
    enablePoisonousMessageProtection: false,
    nextMessagesBatchSize: 100,
    nextMessagesFunctionName: 'next_outbox_messages',
    nextMessagesPollingIntervalInMs: 10,
  },
};
const clock = new BacklogClock(options.backlog);
const logger = getDisabledLogger();
initializePollingMessageListener(
  config,
  {
    handle: async ({ aggregateId, payload }) => {
      const message = { key: aggregateId, value: JSON.stringify(payload), headers };
      await producer.send({ topic: options.topic, acks: -1, messages: [message] });
      clock.passed(1);
    },
  },
  logger,
  // Its default begins with as many batches of one as a batch has places.
  { batchSizeStrategy: async () => config.settings.nextMessagesBatchSize },
);
if (options.backlog > 0) {
  answer({ perSecond: await clock.finished });
} else {
  await delay(1_000);
  const store = initializeMessageStorage(config, logger);
  answer({
    committedAt: await writeAtRate(options, async (n) => {
      const client = await pool.connect();
      const payload = valueOf(n);
      await client.query('BEGIN');
      await store(
        {
          id: randomUUID(),
          aggregateType: options.topic,
          aggregateId: payload.key,
          messageType: 'note.taken',
          segment: payload.key,
          payload,
        },
        client,
      );
      await client.query('COMMIT');
      client.release();
    }),
  });
}
