import { Collector } from '../harness/collect.ts';
import type { CountingProxy } from '../harness/counting-proxy.ts';
import { workThrough } from '../harness/crash-run.ts';
import { allKafka } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { everywhereThroughProxy } from '../harness/through-proxy.ts';
import type { Client } from '../systems/system.ts';

const MESSAGES = 1_000;
const BYTES = 100;
const BATCH = 100;
/** A consumer with batches of 20 is killed after its 30th message; SQS has batches of 10. */
const CRASH = { messages: 40, batch: 20, atMessage: 30 } as const;
/** So many times fewer bytes to the broker count as saved. */
const SAVED = 2;

export const experiment: Experiment = {
  claim: {
    en: 'A consumer that acknowledges a batch instead of each message saves most of the traffic.',
    ko: '메시지마다 확인하지 않고 배치로 확인하는 소비자는 트래픽을 대부분 줄인다.',
  },
  tooSimple: {
    en: 'A batch is acknowledged as a whole. After a crash in the middle all of it comes again, so the work has to be repeatable or has to remember what it did, and the larger the batch, the more is repeated. A message of it that fails holds up the acknowledgement of the others.',
    ko: '배치는 한꺼번에 확인된다. 중간에 크래시가 나면 전부 다시 오므로, 작업은 반복해도 되거나 이미 한 일을 기억해야 한다. 배치가 클수록 더 많이 반복한다. 그중 실패한 메시지는 나머지의 확인을 늦춘다.',
  },
  method: {
    en: `${MESSAGES.toLocaleString('en')} messages of ${BYTES} B are handled one after the other: once each is acknowledged for itself, once ${BATCH} together. A proxy counts the bytes that the consumer sends meanwhile. Saved: at least ${SAVED} times fewer. Then a consumer that acknowledges ${CRASH.batch} together is killed after its work on the ${CRASH.atMessage}th, and a second one takes over: what is done twice is counted.`,
    ko: `${BYTES}B 메시지 ${MESSAGES.toLocaleString('en')}건을 하나씩 처리한다. 한 번은 건마다 확인하고, 한 번은 ${BATCH}건씩 확인한다. 소비자가 그동안 보내는 바이트를 프록시가 센다. ${SAVED}배 이상 적으면 줄인 것이다. 이어서 ${CRASH.batch}건씩 확인하는 소비자가 ${CRASH.atMessage}번째 작업 뒤에 종료되고 두 번째 소비자가 이어받는다. 두 번 한 작업을 센다.`,
  },
  how: {
    ...allKafka({
      en: 'The offset of each message is committed, or that of the last one of a batch.',
      ko: '메시지마다 오프셋을 커밋하거나, 배치의 마지막 오프셋을 커밋한다.',
    }),
    rabbitmq: { en: 'basic.ack for each, or once with multiple.', ko: '건마다 basic.ack, 또는 multiple로 한 번.' },
    redis: { en: 'XACK with one id, or with all of a batch.', ko: 'ID 하나의 XACK, 또는 배치 전체의 XACK.' },
    activemq: {
      en: 'AMQP 1.0: a disposition and a credit for each, or one of both for a range.',
      ko: 'AMQP 1.0: 건마다 disposition과 크레딧, 또는 범위 하나에 한 번씩.',
    },
    sqs: {
      en: 'DeleteMessage, or DeleteMessageBatch, which takes 10.',
      ko: 'DeleteMessage, 또는 10건까지 받는 DeleteMessageBatch.',
    },
  },
  run: everywhereThroughProxy(async (client, proxy, lab) => ({
    single: await sentBytes(client, proxy, 1),
    batch: await sentBytes(client, proxy, lab.sabotaged ? 1 : BATCH),
    repeated: await repeatedAfterCrash(client, lab),
  })),
  judge: ({ single = 0, batch = 0, repeated = 0 }) => {
    const [one, many] = [kilobytes(single), kilobytes(batch)];
    const figure = {
      en: `${one} KB sent for 1,000 messages, ${many} KB in batches; a crash repeats ${repeated}`,
      ko: `1,000건에 ${one}KB 송신, 배치로는 ${many}KB. 크래시가 나면 ${repeated}건 반복`,
    };
    return batch * SAVED <= single
      ? { verdict: 'holds', figure, reason: { en: 'A batch is one request.', ko: '배치는 요청 하나이다.' } }
      : {
          verdict: 'does not hold',
          figure,
          reason: { en: 'Each message costs what it costs alone.', ko: '메시지마다 혼자일 때만큼 든다.' },
        };
  },
  sabotage: {
    what: { en: 'Each message of a batch is acknowledged for itself.', ko: '배치의 메시지를 건마다 확인한다.' },
  },
  chart: {
    title: { en: 'Sent by the consumer for 1,000 messages', ko: '소비자가 1,000건에 보낸 바이트' },
    unit: { en: 'bytes', ko: '바이트' },
    bars: [
      { value: 'single', label: { en: 'each for itself', ko: '건마다' } },
      { value: 'batch', label: { en: `${BATCH} together`, ko: `${BATCH}건씩` } },
    ],
  },
};

/** What a consumer sends to the broker while it handles all messages. */
async function sentBytes(client: Client, proxy: CountingProxy, together: number): Promise<number> {
  const queue = await client.create();
  const messages = Array.from({ length: MESSAGES }, (_, n) => ({ key: undefined, body: String(n).padEnd(BYTES, '.') }));
  for (let at = 0; at < MESSAGES; at += BATCH) await queue.send(messages.slice(at, at + BATCH));
  const before = proxy.toBroker;
  const handled = new Collector();
  const options = { acknowledge: 'after', together, prefetch: BATCH, claims: false } as const;
  const consumer = await queue.consume(options, async ({ body }) => {
    handled.add(body);
    return 'done';
  });
  await handled.untilAll(MESSAGES);
  await consumer.stop();
  return proxy.toBroker - before;
}

/** How many messages are worked on twice when a consumer ends in the middle of a batch. */
async function repeatedAfterCrash(client: Client, lab: Lab): Promise<number> {
  const { lost, twice } = await workThrough(client, lab, {
    sent: CRASH.messages,
    crashes: [{ atMessage: CRASH.atMessage, point: 'after the work' }, undefined],
    consume: { acknowledge: 'after', together: CRASH.batch, prefetch: CRASH.batch },
  });
  if (lost > 0) throw new Error(`${lost} of ${CRASH.messages} messages were lost`);
  return twice;
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1);
}
