import { setTimeout as delay } from 'node:timers/promises';
import { allKafka, everywhere, isKafka } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { Collector } from '../harness/collect.ts';
import { late, lateInKeys } from '../harness/late.ts';
import type { Client } from '../systems/system.ts';

const MESSAGES = { full: 150, quick: 100 } as const;
const KEYS = 3;
const PARTITIONS = 4;
const SEVERAL = 4;
/** What the handler takes, and what it takes for one message in ten. */
const WORK_MS = 1;
const SLOW_MS = 15;
const SLOW_SHARE = 0.1;
/** With which order is given up: a consumer handles so many at once, and Kafka gets no keys. */
const SABOTAGED_AT_ONCE = 8;

export const experiment: Experiment = {
  claim: {
    en: 'Messages are handled in the order in which they were sent.',
    ko: '메시지는 보낸 순서대로 처리된다.',
  },
  tooSimple: {
    en: 'A queue hands messages out in order. As soon as two consumers work on it, the faster one overtakes the slower. Kafka keeps the order of a partition, and so of a key, with any number of consumers, but not across partitions.',
    ko: '큐는 메시지를 순서대로 내보낸다. 그러나 소비자가 둘이 되는 순간 빠른 쪽이 느린 쪽을 앞지른다. Kafka는 소비자 수와 관계없이 파티션의 순서, 따라서 키의 순서를 지키지만, 파티션 사이의 순서는 지키지 않는다.',
  },
  method: {
    en: `One producer sends numbered messages, each with one of ${KEYS} keys. One consumer handles them, then ${SEVERAL} consumers share them. Each handles one message at a time, in ${WORK_MS} ms, and one in ten in ${SLOW_MS} ms. Keys and slow messages are drawn by the seed. A message is late when one that was sent after it ended before it; counted over all messages and within each key.`,
    ko: `생산자 하나가 번호를 매긴 메시지를 키 ${KEYS}개 중 하나로 보낸다. 먼저 소비자 하나가, 다음에는 소비자 ${SEVERAL}개가 나누어 처리한다. 각 소비자는 한 번에 하나씩 ${WORK_MS}ms에, 열에 하나는 ${SLOW_MS}ms에 처리한다. 키와 느린 메시지는 시드로 뽑는다. 나중에 보낸 메시지가 먼저 끝나면 늦은 메시지로 센다. 전체와 키 안에서 각각 센다.`,
  },
  how: {
    ...allKafka({
      en: `A topic with ${PARTITIONS} partitions; the key decides the partition, each partition has one consumer of the group.`,
      ko: `파티션 ${PARTITIONS}개짜리 토픽. 키가 파티션을 정하고, 파티션마다 그룹의 소비자 하나가 맡는다.`,
    }),
    rabbitmq: {
      en: 'A durable classic queue, prefetch 1, acknowledged after the work.',
      ko: '내구성 있는 클래식 큐, prefetch 1, 작업 뒤에 ack.',
    },
    redis: {
      en: 'A stream with one consumer group, read one entry at a time, XACK after the work.',
      ko: '소비자 그룹이 하나인 스트림. 한 번에 항목 하나를 읽고 작업 뒤에 XACK.',
    },
    activemq: {
      en: 'A queue by AMQP 1.0, one credit, accepted after the work. The key is the group id.',
      ko: 'AMQP 1.0 큐, 크레딧 1, 작업 뒤에 accept. 키는 그룹 id이다.',
    },
    sqs: {
      en: 'A FIFO queue; the key is the message group. One message per receive, deleted after the work.',
      ko: 'FIFO 큐. 키가 메시지 그룹이다. 한 번에 메시지 하나를 받고 작업 뒤에 삭제.',
    },
  },
  run: everywhere(async (client, lab) => {
    const one = await countLate(client, lab, 1);
    const several = await countLate(client, lab, SEVERAL);
    return { oneTotal: one.total, oneKey: one.key, severalTotal: several.total, severalKey: several.key };
  }),
  judge: ({ oneTotal = 0, severalTotal = 0, severalKey = 0 }) => {
    const figure = {
      en: `late: ${oneTotal} with one consumer, ${severalTotal} with ${SEVERAL}, ${severalKey} within a key`,
      ko: `늦음: 소비자 하나 ${oneTotal}, ${SEVERAL}개 ${severalTotal}, 키 안에서 ${severalKey}`,
    };
    if (severalTotal === 0)
      return { verdict: 'holds', figure, reason: { en: 'No message was late.', ko: '늦은 메시지가 없었다.' } };
    if (severalKey === 0)
      return {
        verdict: 'holds if',
        figure,
        reason: { en: '… they have the same key.', ko: '… 키가 같은 경우.' },
      };
    if (oneTotal === 0)
      return {
        verdict: 'holds if',
        figure,
        reason: {
          en: '… one consumer handles one message at a time.',
          ko: '… 소비자 하나가 한 번에 하나씩 처리하는 경우.',
        },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'Also one consumer overtook itself.', ko: '소비자 하나에서도 순서가 바뀌었다.' },
    };
  },
  sabotage: {
    what: {
      en: `A consumer handles ${SABOTAGED_AT_ONCE} messages at once; on Kafka the messages have no key instead.`,
      ko: `소비자가 메시지 ${SABOTAGED_AT_ONCE}개를 동시에 처리한다. Kafka에서는 대신 메시지에 키가 없다.`,
    },
  },
  chart: {
    title: { en: 'Messages that were late', ko: '늦은 메시지' },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'oneTotal', label: { en: 'one consumer', ko: '소비자 하나' } },
      { value: 'severalTotal', label: { en: `${SEVERAL} consumers`, ko: `소비자 ${SEVERAL}개` } },
      {
        value: 'severalKey',
        label: { en: `${SEVERAL} consumers, within a key`, ko: `소비자 ${SEVERAL}개, 키 안에서` },
      },
    ],
  },
};

async function countLate(client: Client, lab: Lab, consumers: number): Promise<{ total: number; key: number }> {
  const messages = lab.quick ? MESSAGES.quick : MESSAGES.full;
  const drawn = Array.from({ length: messages }, () => ({
    key: `key-${Math.floor(lab.random() * KEYS)}`,
    workMs: lab.random() < SLOW_SHARE ? SLOW_MS : WORK_MS,
  }));
  const hasKeys = !lab.sabotaged || !isKafka(lab.system);
  const atOnce = lab.sabotaged && !isKafka(lab.system) ? SABOTAGED_AT_ONCE : 1;

  const queue = await client.create({ partitions: PARTITIONS, ordered: true });
  const done = new Collector();
  const running = await Promise.all(
    Array.from({ length: consumers }, async () =>
      queue.consume({ acknowledge: 'after', atOnce }, async ({ body }) => {
        await delay(drawn[Number(body)]?.workMs);
        if (!done.has(body)) done.add(body);
        return 'done';
      }),
    ),
  );
  await queue.send(drawn.map(({ key }, n) => ({ key: hasKeys ? key : undefined, body: String(n) })));
  await done.untilAll(messages);
  await Promise.all(running.map(async (consumer) => consumer.stop()));

  const numbers = done.bodies.map(Number);
  return { total: late(numbers), key: lateInKeys(numbers, (n) => drawn[n]?.key) };
}
