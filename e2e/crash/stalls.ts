import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { MAIL_HANDLER_TIMEOUT_MS } from '../../apps/mail-service/src/smtp/smtp-mailer.ts';
import {
  HANDLER_TIMEOUT_MS,
  OUTSIDE_EFFECTS_AT_ONCE_MAX,
  TRANSACTIONS_AT_ONCE_MAX,
} from '../../packages/messaging-client/src/limits.ts';
import { SERVICES } from '../../tools/stack/services.ts';
import { until } from '@event-bus/test-kit/until';
import { pileUp } from './backlog.ts';
import type { Point } from './point.ts';
import { INSTANCES } from './rig.ts';
import type { Rig } from './rig.ts';

const PUBLISHERS = ['member-service', 'order-service'] as const;

/** Events whose handler in mail-service may be in flight when it stops. */
const BACKLOG_MAX = 500;

/** A hung mail is waited for as long as a mail server may take, which is minutes: too long for a short run. */
const MAILS_HANG_FROM_MS = 60_000;

/** A new member is missed by its group, a session ends, a dead letter is written; then a busy machine's share. */
const RECOVERS_WITHIN_MS = 60_000;

/** Nothing dies here: something hangs, is cut off, is stopped in order, or cannot be read. */
export const STALLS: readonly Point[] = [
  {
    id: 'H',
    title: 'hung handlers',
    sparesServices: true,
    inject: async ({ rig, outageMs, backlog }) => {
      // As many as there are places, in every instance: without a time-out nothing would be handled any more.
      const orders = INSTANCES.filter((name) => name.startsWith('order-service'));
      const mails = INSTANCES.filter((name) => name.startsWith('mail-service') && outageMs >= MAILS_HANG_FROM_MS);
      for (const part of orders) {
        await rig.send(part, { do: 'hang', at: 'in-handler', passings: TRANSACTIONS_AT_ONCE_MAX });
      }
      for (const part of mails) {
        await rig.send(part, { do: 'hang', at: 'mail-accepted', passings: OUTSIDE_EFFECTS_AT_ONCE_MAX });
      }
      if (mails.length > 0) await pileUp(rig, Math.min(backlog, BACKLOG_MAX));
      const hung = await until(
        'handlers to hang',
        async () => (await hungHandlers(rig)) || undefined,
        RECOVERS_WITHIN_MS,
      );
      await until(
        'no handler to hang any more',
        async () => (await hungHandlers(rig)) === 0,
        (mails.length > 0 ? MAIL_HANDLER_TIMEOUT_MS : HANDLER_TIMEOUT_MS) + RECOVERS_WITHIN_MS,
      );
      for (const part of [...orders, ...mails]) await rig.send(part, { do: 'live' });
      return hung;
    },
  },
  {
    id: 'I',
    title: 'SIGTERM under load, a client stuck in a request',
    sparesServices: true,
    leavesNoDoubt: true,
    inject: async ({ rig, times, backlog }) => {
      for (let stop = 0; stop < times; stop += 1) {
        for (const instance of INSTANCES) {
          if (instance.startsWith('mail-service')) await bringMailsInFlight(rig, Math.min(backlog, BACKLOG_MAX));
          await stopWithStuckClient(rig, instance);
        }
      }
      return times * INSTANCES.length;
    },
  },
  {
    id: 'J',
    title: 'one of two instances without broker',
    sparesServices: true,
    inject: async ({ rig, outageMs, randomOf }) => {
      for (const service of SERVICES) {
        const wire = rig.wires(service, 'broker')[randomOf(`${service} instance`).pick([0, 1])]!;
        await (randomOf(service).pick([true, false]) ? wire.stall() : wire.cut());
        await delay(outageMs);
        if (PUBLISHERS.some((publisher) => publisher === service)) await publishedSoFar(rig, service);
        await wire.restore();
      }
      return SERVICES.length;
    },
  },
  {
    id: 'K',
    title: 'undecodable batch',
    sparesServices: true,
    skipped: (_, broker) =>
      broker === 'log-broker' ? undefined : 'Apache Kafka takes no such batch, and its disk is not ours',
    inject: async ({ rig, times, randomOf }) => {
      for (let batch = 0; batch < times; batch += 1) {
        await leaveUndecodable(
          rig,
          'member',
          ['order-service', 'mail-service'],
          randomOf(`member ${batch}`).between(0, 5),
        );
        await leaveUndecodable(rig, 'email', ['mail-service'], randomOf(`email ${batch}`).between(0, 5));
      }
      return 2 * times;
    },
  },
];

/** Claims and transactions that have been open for longer than any handler takes that works. */
async function hungHandlers({ system }: Rig): Promise<number> {
  const [claims, transactions] = await Promise.all([
    system.query<{ count: number }>(
      'mail-service',
      `SELECT count(*)::int AS count FROM mail WHERE status = 'handing-over' AND created_at < now() - interval '3 s'`,
    ),
    system.query<{ count: number }>(
      'order-service',
      `SELECT count(*)::int AS count FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND state_change < now() - interval '3 s'`,
    ),
  ]);
  return claims[0]!.count + transactions[0]!.count;
}

/** Enough that a stop finds mails at each step; more may never be seen at once where the mail server is fast. */
const MAILS_IN_FLIGHT_MIN = 16;

/** Many mails are being handed over when this returns, and many more wait. */
async function bringMailsInFlight(rig: Rig, mails: number): Promise<void> {
  await pileUp(rig, mails);
  await until('mails in flight', async () => {
    const [row] = await rig.system.query<{ count: number }>(
      'mail-service',
      `SELECT count(*)::int AS count FROM inbox_message WHERE state = 'claimed'`,
    );
    return row!.count >= MAILS_IN_FLIGHT_MIN;
  });
}

/** The client has sent half of a request, and neither goes on nor disconnects. */
async function stopWithStuckClient(rig: Rig, instance: string): Promise<void> {
  await rig.ready(instance);
  const { hostname, port } = new URL(rig.address(instance));
  const client = connect({ host: hostname, port: Number(port) });
  client.on('error', () => client.destroy());
  try {
    await sendHalf(client);
    await rig.system.stop(instance);
  } finally {
    client.destroy();
  }
  await rig.system.start(instance);
}

async function sendHalf(client: Socket): Promise<void> {
  const half =
    'POST /members HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"';
  await new Promise<void>((resolve) => client.write(half, () => resolve()));
}

/** What has been committed by now leaves the outbox although one instance cannot send. */
async function publishedSoFar({ system }: Rig, service: string): Promise<void> {
  const [mark] = await system.query<{ seq: string }>(service, 'SELECT coalesce(max(seq), 0)::text AS seq FROM outbox');
  await until(
    `${service} to publish what was committed`,
    async () => {
      const [left] = await system.query<{ count: number }>(
        service,
        'SELECT count(*)::int AS count FROM outbox WHERE published_at IS NULL AND seq <= $1',
        [mark!.seq],
      );
      if (left!.count > 0) throw new Error(`${left!.count} rows wait`);
      return true;
    },
    RECOVERS_WITHIN_MS,
  );
}

/** Puts one into a partition among the others, and waits for the one dead letter of each group. */
async function leaveUndecodable(rig: Rig, topic: string, groups: readonly string[], partition: number): Promise<void> {
  const text = `undecodable-${topic}-${performance.now()}`;
  await rig.send('log-broker', { do: 'spoil', text });
  const kafka = new Kafka({ brokers: [rig.brokerAddress], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  try {
    const [placed] = await producer.send({ topic, messages: [{ key: text, value: text, partition }] });
    await until(
      `one dead letter each for ${groups.join(' and ')} at ${topic}/${partition} offset ${placed!.baseOffset}`,
      async () => {
        for (const group of groups) {
          const letters = await rig.system.query<{ value: Buffer }>(
            group,
            `SELECT value FROM dead_letter WHERE topic = $1 AND "partition" = $2 AND "offset" = $3`,
            [topic, partition, placed!.baseOffset],
          );
          if (letters.length !== 1) throw new Error(`${group} has ${letters.length}`);
          if (!letters[0]!.value.includes(text)) throw new Error(`${group} has not kept its bytes`);
        }
        return true;
      },
      RECOVERS_WITHIN_MS,
    );
  } finally {
    await producer.disconnect();
  }
}
