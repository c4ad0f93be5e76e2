import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@event-bus/test-kit/until';
import { allKafka } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { readAll } from '../harness/read-all.ts';
import type { KafkaClient } from '../systems/kafka.ts';
import type { Queue } from '../systems/system.ts';

const MESSAGES = 100;
const BYTES = 50_000;
const KEPT_MS = 1_000;
const KEPT_BYTES = 2 ** 20;
/** Redis counts entries. */
const KEPT_MESSAGES = Math.floor(KEPT_BYTES / BYTES);
/** A log deletes whole segments, and the current one is kept beside those within the limit. */
const LEFT_MAX = 2 * KEPT_MESSAGES;
/** Beside the time between two checks: Apache Kafka makes the first one half a minute after its start. */
const CHECK_TAKES_MS = 60_000;

export const experiment: Experiment = {
  claim: {
    en: 'What is kept is deleted when its time or its space is over.',
    ko: '보관된 메시지는 정해진 시간이나 공간을 넘으면 삭제된다.',
  },
  tooSimple: {
    en: 'Read or not: who comes too late misses what was deleted. A log deletes whole segments, at the next check, so some messages live longer than their time. Queues have such limits, too, which have to be set, and SQS always has one; what expires in a queue can go to a queue of dead letters. RabbitMQ’s streams go by segments, as a log.',
    ko: '읽었는지와 관계없다. 늦게 온 소비자는 삭제된 것을 놓친다. 로그는 다음 점검 때 세그먼트 단위로 지우므로 정해진 시간보다 오래 남는 메시지도 있다. 큐에도 설정할 수 있는 한도가 있고 SQS에는 항상 있다. 큐에서 만료된 것은 데드 레터 큐로 보낼 수 있다. RabbitMQ의 스트림은 로그처럼 세그먼트 단위로 지운다.',
  },
  method: {
    en: `${MESSAGES} messages of ${BYTES / 1_000} KB are sent to a queue that keeps them for ${KEPT_MS / 1_000} s, and ${MESSAGES} to one that keeps 1 MiB. Nobody reads meanwhile. Then a reader counts what is left.`,
    ko: `${KEPT_MS / 1_000}초만 보관하는 큐와 1MiB만 보관하는 큐에 ${BYTES / 1_000}KB 메시지를 ${MESSAGES}건씩 보낸다. 그동안 아무도 읽지 않는다. 그 뒤 소비자가 남은 것을 센다.`,
  },
  how: {
    ...allKafka({
      en: '`retention.ms`, then `retention.bytes` with segments of 1 MiB, from the next check of the broker on (`log.retention.check.interval.ms`).',
      ko: '`retention.ms`, 다음은 1MiB 세그먼트의 `retention.bytes`. 브로커의 다음 점검(`log.retention.check.interval.ms`)부터.',
    }),
    rabbitmq: {
      en: 'Classic queues with `x-message-ttl` and with `x-max-length-bytes`.',
      ko: '`x-message-ttl`이 있는 클래식 큐와 `x-max-length-bytes`가 있는 클래식 큐.',
    },
    redis: {
      en: `XTRIM by the sender: MINID of ${KEPT_MS / 1_000} s ago, then MAXLEN ${KEPT_MESSAGES}, which is a number of entries.`,
      ko: `보내는 쪽의 XTRIM: ${KEPT_MS / 1_000}초 전의 MINID, 다음은 MAXLEN ${KEPT_MESSAGES}. 크기가 아니라 항목 수이다.`,
    },
    activemq: {
      en: 'A time to live in each message; what has expired goes to the dead-letter queue. There is no limit by size that deletes.',
      ko: '메시지마다 유효 시간(TTL). 만료된 것은 데드 레터 큐로 간다. 삭제하는 크기 한도는 없다.',
    },
  },
  notOffered: {
    sqs: {
      en: 'Amazon deletes by time only, from a minute on; ElasticMQ keeps what nobody deletes',
      ko: 'Amazon은 시간으로만, 1분부터 삭제한다. ElasticMQ는 아무도 삭제하지 않은 것을 보관한다',
    },
  },
  run: {
    ...allKafka(async (client: KafkaClient, lab: Lab) => {
      const limits = (settings: Record<string, string>): Record<string, string> => (lab.sabotaged ? {} : settings);
      const byTime = await client.createTopic({ settings: limits({ 'retention.ms': String(KEPT_MS) }) });
      const bySize = await client.createTopic({
        settings: limits({ 'retention.bytes': String(KEPT_BYTES), 'segment.bytes': String(KEPT_BYTES) }),
      });
      const queues = [byTime, bySize].map((topic) => client.open(topic));
      for (const queue of queues) await fill(queue);
      if (!lab.sabotaged) await untilChecked(client, byTime, bySize);
      return { time: await left(queues[0]!), size: await left(queues[1]!) };
    }),
    rabbitmq: async (client, lab) => {
      const byTime = await client.createWith(lab.sabotaged ? {} : { 'x-message-ttl': KEPT_MS });
      const bySize = await client.createWith(lab.sabotaged ? {} : { 'x-max-length-bytes': KEPT_BYTES });
      for (const queue of [byTime, bySize]) await fill(queue);
      await delay(2 * KEPT_MS);
      return { time: await left(byTime), size: await left(bySize) };
    },
    redis: async (client, lab) => {
      const [byTime, bySize] = [await client.create(), await client.create()];
      for (const queue of [byTime, bySize]) await fill(queue);
      await delay(2 * KEPT_MS);
      if (!lab.sabotaged) {
        await client.redis.xtrim(byTime.name, 'MINID', Date.now() - KEPT_MS);
        await client.redis.xtrim(bySize.name, 'MAXLEN', KEPT_MESSAGES);
      }
      return { time: await left(byTime), size: await left(bySize) };
    },
    activemq: async (client, lab) => {
      const [byTime, bySize] = [await client.create(), await client.create()];
      // Takes what has expired out of the queue of dead letters.
      lab.closeAtEnd(async () => void (await byTime.deadLetters()));
      await client.publish(
        byTime.name,
        bodies().map((body) => ({ body, ...(!lab.sabotaged && { ttl: KEPT_MS }) })),
      );
      await fill(bySize);
      await delay(2 * KEPT_MS);
      return { time: await left(byTime), size: await left(bySize) };
    },
  },
  judge: ({ time = 0, size = 0 }, system) => {
    const figure = {
      en: `of ${MESSAGES}, ${time} are left by the limit of time, ${size} by that of size`,
      ko: `${MESSAGES}건 중 시간 한도로 ${time}건, 크기 한도로 ${size}건 남음`,
    };
    const [byTime, bySize] = [time === 0, size <= LEFT_MAX];
    if (byTime && bySize)
      return system === 'redis'
        ? {
            verdict: 'holds if',
            figure,
            reason: { en: '… who sends trims the stream.', ko: '… 보내는 쪽이 스트림을 자르는 경우.' },
          }
        : {
            verdict: 'holds',
            figure,
            reason: { en: 'The oldest first, read or not.', ko: '읽었는지와 관계없이 오래된 것부터.' },
          };
    if (byTime)
      return {
        verdict: 'holds if',
        figure,
        reason: {
          en: '… the limit is a time, and set in each message.',
          ko: '… 시간 한도를 메시지마다 정한 경우.',
        },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'All of it is still there.', ko: '모두 그대로 남아 있다.' },
    };
  },
  sabotage: {
    what: { en: 'No limit is set.', ko: '한도를 설정하지 않는다.' },
  },
  chart: {
    title: { en: `Left, of ${MESSAGES}`, ko: `${MESSAGES}건 중 남은 메시지` },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'time', label: { en: 'limit by time', ko: '시간 한도' } },
      { value: 'size', label: { en: 'limit by size', ko: '크기 한도' } },
    ],
  },
};

function bodies(): string[] {
  return Array.from({ length: MESSAGES }, (_, n) => String(n).padEnd(BYTES, '.'));
}

/** In small batches, so that a log has several segments. */
async function fill(queue: Queue): Promise<void> {
  for (const body of bodies()) await queue.send([{ key: undefined, body }]);
}

async function untilChecked(client: KafkaClient, byTime: string, bySize: string): Promise<void> {
  const checkMs = Number((await client.brokerSettings()).get('log.retention.check.interval.ms'));
  await until(
    'a check of the broker',
    async () => {
      const [timed] = await client.admin.fetchTopicOffsets(byTime);
      const [sized] = await client.admin.fetchTopicOffsets(bySize);
      return timed?.low === timed?.high && Number(sized?.high) - Number(sized?.low) <= LEFT_MAX;
    },
    checkMs + CHECK_TAKES_MS,
  );
}

async function left(queue: Queue): Promise<number> {
  return (await readAll(queue, MESSAGES)).length;
}
