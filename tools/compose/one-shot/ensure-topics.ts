/**
 * Creates the missing topics of the catalog, and reports existing ones that differ from it.
 *
 *     KAFKA_BROKERS=127.0.0.1:9092 node tools/compose/one-shot/ensure-topics.ts
 *
 * Exit code 1 when no broker answers, or it denies access; a difference is only reported.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { topics } from '@event-bus/event-catalog';
import {
  createMissingTopics,
  kafkaLoginIsComplete,
  kafkaSettings,
  loadDriver,
  messagingEnv,
} from '@event-bus/messaging-client';
import type { EnsuredTopic } from '@event-bus/messaging-client';
import { z } from 'zod';

/** A cluster that is just forming answers, and takes part in an election a little later. */
const TRIES = 20;
const TRIES_AGAIN_MS = 1_500;

const env = z.object(messagingEnv).check(kafkaLoginIsComplete).parse(process.env);
const settings = kafkaSettings(env);
const kafka = (await loadDriver(settings.driver))(settings, 'ensure-topics');

try {
  for (const { name, isNew, differences } of await ensured()) {
    const state = isNew ? 'created' : differences.length === 0 ? 'as defined' : 'DIFFERS, left as it is';
    console.log([`${name}: ${state}`, ...differences].join('\n  '));
  }
} catch (error) {
  console.error(
    `no topics at ${settings.brokers.join(', ')}: ${error instanceof Error ? error.message : String(error)}`,
  );
  console.error(
    'With compose a broker runs in each of the profiles kafka, cluster, embedded and secure: is one of them chosen?',
  );
  process.exitCode = 1;
}

async function ensured(): Promise<EnsuredTopic[]> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await createMissingTopics(kafka, topics, env.KAFKA_REPLICATION_FACTOR);
    } catch (error) {
      if (tried === TRIES) throw error;
      await delay(TRIES_AGAIN_MS);
    }
  }
}
