import { allKafka, everywhere, isKafka } from '../harness/experiment.ts';
import type { Experiment } from '../harness/experiment.ts';
import { Collector } from '../harness/collect.ts';
import type { Client } from '../systems/system.ts';

const OTHERS = 5;
const POISON = 'poison';
const LIMIT = 3;
/** Twice the limit: then nothing ends it. */
const ENDLESS = 2 * LIMIT;

export const experiment: Experiment = {
  claim: {
    en: 'A message that always fails ends in a dead-letter queue.',
    ko: '항상 실패하는 메시지는 데드 레터 큐로 간다.',
  },
  tooSimple: {
    en: 'Only where the queue was set up for it. Elsewhere the message is delivered for ever, and in Kafka everything behind it in the partition waits: counting, giving up and the dead letter are the work of the client.',
    ko: '큐를 그렇게 설정한 경우에만 그렇다. 그렇지 않으면 메시지는 끝없이 전달되고, Kafka에서는 파티션에서 그 뒤의 모든 메시지가 기다린다. 세고, 포기하고, 데드 레터로 보내는 것은 클라이언트의 몫이다.',
  },
  method: {
    en: `One poison message in front of ${OTHERS} others; the consumer gives the poison message back each time. After ${ENDLESS} deliveries it counts as endless. Once with a queue as it is by default, once with a limit of ${LIMIT} deliveries where the system has one.`,
    ko: `포이즌 메시지 하나가 다른 메시지 ${OTHERS}건 앞에 있다. 소비자는 포이즌 메시지를 매번 되돌려 준다. ${ENDLESS}번 전달되면 끝이 없는 것으로 본다. 기본 큐로 한 번, 시스템이 제공하면 전달 ${LIMIT}회 한도로 한 번 실행한다.`,
  },
  how: {
    ...allKafka({ en: 'Seek back; the broker counts nothing.', ko: 'seek으로 되돌린다. 브로커는 세지 않는다.' }),
    rabbitmq: {
      en: 'nack with requeue; a quorum queue with a dead-letter queue and `x-delivery-limit`, which counts what is delivered again: 3 are 4 deliveries.',
      ko: 'requeue를 지정한 nack. 데드 레터 큐와 `x-delivery-limit`이 있는 쿼럼 큐. 이 한도는 재전달만 세므로 3이면 4번 전달된다.',
    },
    redis: {
      en: 'No XACK; claimed again after 2 s. There is a counter, but no limit.',
      ko: 'XACK하지 않고 2초 뒤 다시 가져온다. 횟수는 세지만 한도는 없다.',
    },
    activemq: {
      en: 'AMQP modified, delivery failed; then AMQP rejected.',
      ko: 'AMQP modified, delivery failed. 다음은 AMQP rejected.',
    },
    sqs: {
      en: 'Visibility time-out set to 0; a redrive policy with maxReceiveCount.',
      ko: '가시성 타임아웃을 0으로 바꾼다. maxReceiveCount를 둔 redrive policy.',
    },
  },
  run: {
    ...everywhere(async (client, lab) => {
      const plain = await poison(client, { isLimited: false, settles: 'again' });
      if (isKafka(lab.system) || lab.system === 'redis')
        return { plainDead: plain.dead, limitedDead: plain.dead, deliveries: plain.deliveries, others: plain.others };
      const limited = await poison(client, { isLimited: !lab.sabotaged, settles: 'again' });
      return {
        plainDead: plain.dead,
        limitedDead: limited.dead,
        deliveries: limited.deliveries,
        others: limited.others,
      };
    }),
    activemq: async (client, lab) => {
      const plain = await poison(client, { isLimited: false, settles: 'again' });
      const refused = await poison(client, { isLimited: false, settles: lab.sabotaged ? 'again' : 'reject' });
      return {
        plainDead: plain.dead,
        limitedDead: refused.dead,
        deliveries: refused.deliveries,
        others: refused.others,
      };
    },
  },
  judge: ({ plainDead = 0, limitedDead = 0, deliveries = 0, others = 0 }, system) => {
    const figure =
      limitedDead === 1
        ? { en: `after ${deliveries} ${deliveries === 1 ? 'delivery' : 'deliveries'}`, ko: `${deliveries}번 전달 뒤` }
        : {
            en: `${deliveries} deliveries and no end; ${others} of ${OTHERS} others handled`,
            ko: `${deliveries}번 전달되고 끝나지 않음. 다른 ${OTHERS}건 중 ${others}건 처리`,
          };
    if (plainDead === 1) return { verdict: 'holds', figure, reason: { en: 'By default.', ko: '기본 설정에서.' } };
    if (limitedDead === 1)
      return {
        verdict: 'holds if',
        figure,
        reason:
          system === 'activemq'
            ? { en: '… the consumer rejects it.', ko: '… 소비자가 거부하는 경우.' }
            : { en: '… the queue has a limit of deliveries.', ko: '… 큐에 전달 한도가 있는 경우.' },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'It is delivered for ever.', ko: '끝없이 전달된다.' },
    };
  },
  sabotage: {
    what: {
      en: 'The queue has no limit; on ActiveMQ the consumer does not reject.',
      ko: '큐에 한도가 없다. ActiveMQ에서는 소비자가 거부하지 않는다.',
    },
    without: ['log-broker', 'kafka', 'kafka-zookeeper', 'redis'],
  },
  chart: {
    title: { en: 'Deliveries of the poison message', ko: '포이즌 메시지의 전달 횟수' },
    unit: { en: `${ENDLESS}: no end`, ko: `${ENDLESS}: 끝없음` },
    bars: [{ value: 'deliveries', label: { en: 'deliveries', ko: '전달' } }],
  },
};

interface PoisonRun {
  readonly dead: number;
  readonly deliveries: number;
  /** How many of the other messages were handled meanwhile. */
  readonly others: number;
}

async function poison(
  client: Client,
  { isLimited, settles }: { readonly isLimited: boolean; readonly settles: 'again' | 'reject' },
): Promise<PoisonRun> {
  const queue = await client.create(isLimited ? { deadLetterAfter: LIMIT } : {});
  const bodies = [POISON, ...Array.from({ length: OTHERS }, (_, n) => String(n))];
  await queue.send(bodies.map((body) => ({ key: 'key', body })));
  const received = new Collector();
  let deliveries = 0;
  const endless = Promise.withResolvers<void>();
  const consumer = await queue.consume({ acknowledge: 'after' }, async ({ body }) => {
    received.add(body);
    if (body !== POISON) return 'done';
    deliveries++;
    if (deliveries < ENDLESS) return settles;
    endless.resolve();
    return 'done';
  });
  const others = (): number => received.distinct - Number(received.has(POISON));
  const meanwhile = await Promise.race([endless.promise.then(others), received.untilTrue(() => false).then(others)]);
  await consumer.stop();
  return { dead: (await queue.deadLetters()) ?? 0, deliveries, others: meanwhile };
}
