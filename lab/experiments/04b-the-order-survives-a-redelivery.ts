import { allKafka, everywhere } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { Collector } from '../harness/collect.ts';
import type { Client } from '../systems/system.ts';

const MESSAGES = 20;
/** This one fails the first time. */
const FAILS = '3';
const AHEAD = 10;

export const experiment: Experiment = {
  claim: {
    en: 'The order survives a message that fails once and is delivered again.',
    ko: '한 번 실패해 다시 전달되는 메시지가 있어도 순서가 유지된다.',
  },
  tooSimple: {
    en: 'Only if what follows waits. What the broker has handed out ahead is handled in the meantime.',
    ko: '뒤의 메시지가 기다려야만 그렇다. 브로커가 미리 내보낸 것은 그사이에 처리된다.',
  },
  method: {
    en: `${MESSAGES} messages with one key, one consumer, one message at a time. Message ${FAILS} is given back the first time. Once the consumer has one message at a time, once it is handed ${AHEAD} ahead.`,
    ko: `키 하나로 메시지 ${MESSAGES}건, 소비자 하나, 한 번에 하나씩. 메시지 ${FAILS}번은 처음에 되돌려 준다. 소비자가 한 건씩만 받는 경우와 ${AHEAD}건을 미리 받는 경우를 각각 실행한다.`,
  },
  how: {
    ...allKafka({ en: 'Seek back to the offset of the message.', ko: '메시지의 오프셋으로 되돌아간다(seek).' }),
    rabbitmq: { en: 'nack with requeue.', ko: 'requeue를 지정한 nack.' },
    redis: { en: 'No XACK; claimed again after 2 s.', ko: 'XACK하지 않고 2초 뒤 다시 가져온다.' },
    activemq: { en: 'AMQP: modified, delivery failed.', ko: 'AMQP: modified, delivery failed.' },
    sqs: { en: 'A FIFO queue; visibility time-out set to 0.', ko: 'FIFO 큐. 가시성 타임아웃을 0으로 바꾼다.' },
  },
  run: everywhere(async (client, lab) => ({
    one: await countLate(client, lab, 1),
    ahead: await countLate(client, lab, AHEAD),
  })),
  judge: ({ one = 0, ahead = 0 }) => {
    const figure = {
      en: `overtaken by ${one}, with ${AHEAD} ahead by ${ahead}`,
      ko: `${one}건이 앞지름, ${AHEAD}건을 미리 받으면 ${ahead}건`,
    };
    if (one === 0 && ahead === 0)
      return { verdict: 'holds', figure, reason: { en: 'Nothing overtook it.', ko: '앞지른 메시지가 없었다.' } };
    if (one === 0)
      return {
        verdict: 'holds if',
        figure,
        reason: { en: '… the consumer is handed one message at a time.', ko: '… 소비자가 한 건씩만 받는 경우.' },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'Later messages overtake the one that failed.', ko: '뒤의 메시지가 실패한 메시지를 앞지른다.' },
    };
  },
  sabotage: {
    what: {
      en: 'What failed is sent again to the end of the queue, as a retry queue would.',
      ko: '실패한 메시지를 재시도 큐처럼 큐의 끝에 다시 보낸다.',
    },
    without: ['redis'],
  },
  chart: {
    title: { en: 'Messages that overtook the one that failed', ko: '실패한 메시지를 앞지른 메시지' },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'one', label: { en: 'handed one at a time', ko: '한 건씩 받음' } },
      { value: 'ahead', label: { en: `handed ${AHEAD} ahead`, ko: `${AHEAD}건을 미리 받음` } },
    ],
  },
};

/** How many later messages were done before the one that failed. */
async function countLate(client: Client, lab: Lab, prefetch: number): Promise<number> {
  const queue = await client.create({ ordered: true });
  await queue.send(Array.from({ length: MESSAGES }, (_, n) => ({ key: 'key', body: String(n) })));
  const done = new Collector();
  let hasFailed = false;
  const consumer = await queue.consume({ acknowledge: 'after', prefetch }, async ({ body }) => {
    if (body === FAILS && !hasFailed) {
      hasFailed = true;
      if (!lab.sabotaged) return 'again';
      await queue.send([{ key: 'key', body }]);
      return 'done';
    }
    if (!done.has(body)) done.add(body);
    return 'done';
  });
  await done.untilAll(MESSAGES);
  await consumer.stop();
  return done.bodies.slice(0, done.bodies.indexOf(FAILS)).filter((body) => Number(body) > Number(FAILS)).length;
}
