import { randomUUID } from 'node:crypto';
import { allKafka } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { Collector } from '../harness/collect.ts';
import { readAll } from '../harness/read-all.ts';
import type { ActiveMqClient } from '../systems/activemq.ts';
import type { RabbitClient } from '../systems/rabbitmq.ts';
import type { RedisClient } from '../systems/redis.ts';
import type { Client, ConsumeOptions, Queue } from '../systems/system.ts';

const MESSAGES = 10;

export const experiment: Experiment = {
  claim: {
    en: 'A published message waits until its reader comes.',
    ko: '발행된 메시지는 읽는 쪽이 올 때까지 기다린다.',
  },
  tooSimple: {
    en: 'Publishing is not storing. An exchange or a topic without a queue and a channel without a subscriber drop the message, and the publisher gets no error.',
    ko: '발행은 저장이 아니다. 큐가 없는 exchange나 토픽, 구독자가 없는 채널은 메시지를 버리고, 발행자는 오류를 받지 않는다.',
  },
  method: {
    en: `${MESSAGES} messages are published while nobody reads. Then a reader starts and counts.`,
    ko: `아무도 읽지 않는 동안 메시지 ${MESSAGES}건을 발행한다. 그 뒤 소비자가 시작해 센다.`,
  },
  how: {
    ...allKafka({ en: 'A new group that begins at the first offset.', ko: '첫 오프셋부터 읽는 새 그룹.' }),
    rabbitmq: {
      en: 'A fanout exchange, without a queue, then with one that is bound before.',
      ko: '큐가 없는 fanout exchange, 다음은 미리 바인딩한 큐가 있는 경우.',
    },
    redis: {
      en: 'PUBLISH and SUBSCRIBE, then a stream with a group that begins at 0.',
      ko: 'PUBLISH와 SUBSCRIBE, 다음은 0부터 읽는 그룹이 있는 스트림.',
    },
    activemq: {
      en: 'A virtual topic whose queue, `Consumer.reader.VirtualTopic.…`, is first used afterwards; then one whose queue was used before.',
      ko: '큐 `Consumer.reader.VirtualTopic.…`를 나중에 처음 쓰는 가상 토픽, 다음은 그 큐를 미리 사용해 둔 가상 토픽.',
    },
  },
  notOffered: {
    sqs: { en: 'SQS has queues only; publishing is SNS.', ko: 'SQS에는 큐만 있다. 발행은 SNS의 몫이다.' },
  },
  run: {
    ...allKafka(async (client: Client, lab: Lab) => {
      const queue = await client.create();
      await publish(queue);
      const waited = await count(queue, { group: 'new', from: lab.sabotaged ? 'next' : 'first' });
      return { plain: waited, configured: waited };
    }),
    rabbitmq: async (client, lab) => ({
      plain: await fanout(client, 'bound after'),
      configured: await fanout(client, lab.sabotaged ? 'bound after' : 'bound before'),
    }),
    activemq: async (client, lab) => ({
      plain: await throughTopic(client, 'there after'),
      configured: await throughTopic(client, lab.sabotaged ? 'there after' : 'there before'),
    }),
    redis: async (client, lab) => {
      const queue = await client.create();
      await publish(queue);
      return {
        plain: await publishThenSubscribe(client),
        configured: await count(queue, { group: 'new', from: lab.sabotaged ? 'next' : 'first' }),
      };
    },
  },
  judge: ({ plain = 0, configured = 0 }, system) => {
    const figure = {
      en: `${plain} of ${MESSAGES}${configured === plain ? '' : `, else ${configured}`}`,
      ko: `${MESSAGES}건 중 ${plain}건${configured === plain ? '' : `, 조건부 ${configured}건`}`,
    };
    if (plain === MESSAGES) return { verdict: 'holds', figure, reason: { en: 'All waited.', ko: '모두 기다렸다.' } };
    if (configured === MESSAGES)
      return {
        verdict: 'holds if',
        figure,
        reason:
          system === 'redis'
            ? { en: '… it is a stream and not pub/sub.', ko: '… pub/sub이 아니라 스트림인 경우.' }
            : system === 'activemq'
              ? { en: '… its queue was used before.', ko: '… 그 큐를 미리 사용한 경우.' }
              : { en: '… a queue was bound before.', ko: '… 미리 바인딩한 큐가 있는 경우.' },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'What was published before is lost to the reader.', ko: '먼저 발행된 메시지는 읽을 수 없다.' },
    };
  },
  sabotage: {
    what: {
      en: 'The reader begins at what comes next; on RabbitMQ and ActiveMQ its queue is there only afterwards.',
      ko: '소비자가 다음에 오는 메시지부터 읽는다. RabbitMQ와 ActiveMQ에서는 큐를 나중에 만든다.',
    },
  },
  chart: {
    title: { en: `Received, of ${MESSAGES} published before`, ko: `먼저 발행된 ${MESSAGES}건 중 받은 메시지` },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'plain', label: { en: 'just published', ko: '발행만 한 경우' } },
      { value: 'configured', label: { en: 'set up to wait', ko: '기다리게 설정한 경우' } },
    ],
  },
};

async function publish(queue: Queue): Promise<void> {
  await queue.send(Array.from({ length: MESSAGES }, (_, n) => ({ key: 'key', body: String(n) })));
}

async function count(queue: Queue, options: Pick<ConsumeOptions, 'group' | 'from'> = {}): Promise<number> {
  return (await readAll(queue, MESSAGES, options)).length;
}

/** A queue whose name says of which topic it takes everything, from when it is there on. */
async function throughTopic(client: ActiveMqClient, queueIs: 'there before' | 'there after'): Promise<number> {
  const topic = `VirtualTopic.lab-${randomUUID()}`;
  const queue = client.createNamed(`Consumer.reader.${topic}`);
  if (queueIs === 'there before') await readAll(queue, 0);
  await client.publish(
    `topic://${topic}`,
    Array.from({ length: MESSAGES }, (_, n) => ({ body: String(n) })),
  );
  return count(queue);
}

async function fanout(client: RabbitClient, queueIs: 'bound before' | 'bound after'): Promise<number> {
  const exchange = await client.createExchange('fanout');
  const queue = await client.create();
  if (queueIs === 'bound before') await client.channel.bindQueue(queue.name, exchange, '');
  for (let n = 0; n < MESSAGES; n++) client.channel.publish(exchange, '', Buffer.from(String(n)), { persistent: true });
  await client.untilConfirmed();
  if (queueIs === 'bound after') await client.channel.bindQueue(queue.name, exchange, '');
  return count(queue);
}

async function publishThenSubscribe(client: RedisClient): Promise<number> {
  const channel = `lab-${randomUUID()}`;
  for (let n = 0; n < MESSAGES; n++) await client.redis.publish(channel, String(n));
  const received = new Collector();
  await client.subscribe(channel, (body) => received.add(body));
  await received.until(MESSAGES);
  return received.distinct;
}
