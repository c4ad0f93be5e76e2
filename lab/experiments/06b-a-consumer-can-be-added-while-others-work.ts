import { setTimeout as delay } from 'node:timers/promises';
import { PATIENCE_MS } from '../basics/limits.ts';
import { Collector } from '../harness/collect.ts';
import { allKafka, everywhere, isKafka } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import type { Client, Consumer, Queue } from '../systems/system.ts';

/** SQS hands out ten at most, so with the sabotage all of these. */
const WAITING = 8;
const PARTITIONS = 4;
const SABOTAGED_PREFETCH = 10_000;
/** So long a message takes at the first consumer. Below the times after which Kafka does without it and SQS delivers it again. */
const LONG_WORK_MS = 1_500;

/** The second part: one message every few milliseconds. */
const EVERY_MS = 5;
const BEFORE = 200;
const AFTER = 400;
/** More are sent until the one that was added has handled some. */
const PART = 50;

export const experiment: Experiment = {
  claim: {
    en: 'A consumer can be added while others work, and works at once.',
    ko: '다른 소비자가 일하는 동안 소비자를 추가하면 바로 일을 시작한다.',
  },
  tooSimple: {
    en: 'A queue gives the new one the next message. In Kafka the partitions have to be handed out anew (a rebalance): everyone stops until the slowest has finished its message, and what is not committed by then is done again. Newer protocols (cooperative, KIP-848) let those go on whose partitions stay; kafkajs does not speak them. Share groups (KIP-932) hand out records instead, like a queue.',
    ko: '큐는 새 소비자에게 다음 메시지를 준다. Kafka에서는 파티션을 다시 나누어야 한다(리밸런스). 가장 느린 소비자가 메시지를 끝낼 때까지 모두 멈추고, 그때까지 커밋하지 않은 것은 다시 처리한다. 새 프로토콜(cooperative, KIP-848)에서는 파티션이 그대로인 소비자는 멈추지 않지만 kafkajs는 지원하지 않는다. 공유 그룹(KIP-932)은 큐처럼 레코드를 나누어 준다.',
  },
  method: {
    en: `${WAITING} messages wait, and one consumer is busy with the first of them for ${LONG_WORK_MS / 1_000} s. A second one is added, and it is measured when it begins with its first message. Then messages come every ${EVERY_MS} ms to one consumer, and after ${BEFORE} of them a second one is added: the figure is the longest time in which no message was handled, before and after, and how many were handled twice.`,
    ko: `메시지 ${WAITING}건이 기다리고, 소비자 하나가 그 첫 메시지에 ${LONG_WORK_MS / 1_000}초가 걸린다. 두 번째 소비자를 추가해 첫 메시지를 언제 시작하는지 잰다. 이어서 ${EVERY_MS}ms마다 메시지가 소비자 하나에게 오고, ${BEFORE}건 뒤에 두 번째를 추가한다. 수치는 아무것도 처리되지 않은 가장 긴 시간(추가 전과 후)과 두 번 처리된 메시지 수이다.`,
  },
  how: {
    ...allKafka({
      en: `A group on a topic with ${PARTITIONS} partitions, as kafkajs does it: all partitions are given back and handed out anew.`,
      ko: `파티션 ${PARTITIONS}개짜리 토픽의 그룹, kafkajs의 방식: 모든 파티션을 돌려주고 다시 나눈다.`,
    }),
    rabbitmq: { en: 'One queue, prefetch 1.', ko: '큐 하나, prefetch 1.' },
    redis: { en: 'One group, COUNT 1.', ko: '그룹 하나, COUNT 1.' },
    activemq: { en: 'One queue, credit 1, no groups.', ko: '큐 하나, 크레딧 1, 그룹 없음.' },
    sqs: { en: 'A standard queue, one message per receive.', ko: '표준 큐, 한 번에 메시지 하나.' },
  },
  run: everywhere(async (client, lab) => ({
    firstMs: await untilFirst(client, lab),
    ...(!lab.sabotaged && (await stall(client, lab))),
  })),
  judge: ({ firstMs = 0, usualMs = 0, stallMs = 0, repeated = 0 }) => {
    const isAtOnce = firstMs < LONG_WORK_MS;
    const figure = {
      en: `first message after ${firstMs} ms; longest pause ${stallMs} ms, ${usualMs} ms before; ${repeated} handled twice`,
      ko: `첫 메시지는 ${firstMs}ms 뒤. 가장 긴 멈춤 ${stallMs}ms, 추가 전 ${usualMs}ms. 두 번 처리 ${repeated}건`,
    };
    return isAtOnce
      ? { verdict: 'holds', figure, reason: { en: 'Nobody waits for anyone.', ko: '아무도 기다리지 않는다.' } }
      : {
          verdict: 'does not hold',
          figure,
          reason: { en: 'It waits until the busy one has finished.', ko: '바쁜 소비자가 끝낼 때까지 기다린다.' },
        };
  },
  sabotage: {
    what: {
      en: 'The first consumer is handed all that waits; in Kafka the second one is in a group of its own.',
      ko: '기다리고 있는 메시지를 첫 소비자가 모두 받는다. Kafka에서는 두 번째 소비자가 별도의 그룹에 속한다.',
    },
  },
  chart: {
    title: { en: 'Until the added consumer has its first message', ko: '추가된 소비자가 첫 메시지를 받을 때까지' },
    unit: { en: 'milliseconds', ko: 'ms' },
    bars: [{ value: 'firstMs', label: { en: 'while another is busy', ko: '다른 소비자가 바쁜 동안' } }],
  },
};

/** After how many milliseconds a second consumer has its first message, while the first one is busy with one for so long. */
async function untilFirst(client: Client, lab: Lab): Promise<number> {
  const queue = await client.create({ partitions: PARTITIONS });
  await queue.send(Array.from({ length: WAITING }, (_, n) => message(lab, n)));
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const isFlooded = lab.sabotaged && !isKafka(lab.system);
  const first = await queue.consume(
    { acknowledge: 'after', claims: false, atOnce: 1, prefetch: isFlooded ? SABOTAGED_PREFETCH : 1 },
    async () => {
      begun.resolve();
      await finish.promise;
      return 'done';
    },
  );
  await begun.promise;
  const received = new Collector();
  // In Kafka it has joined its group only when the first one has let go.
  const joining = queue.consume(
    { acknowledge: 'after', claims: false, ...(lab.sabotaged && isKafka(lab.system) && { group: 'of its own' }) },
    async ({ body }) => {
      if (received.distinct === 0) received.add(body);
      return 'done';
    },
  );
  // Seen below; until then no rejection may be without a listener.
  joining.catch(() => {});
  await received.until(1, LONG_WORK_MS);
  finish.resolve();
  const second = await joining;
  // Of what the first one has been handed nothing is left for it.
  if (!isFlooded) await received.until(1, PATIENCE_MS);
  const firstMs = received.distinct === 0 ? LONG_WORK_MS : Math.round(received.lastMs);
  await Promise.all([first.stop(), second.stop()]);
  return firstMs;
}

/** Handles a flow of messages, and adds a consumer to it in the middle. */
async function stall(client: Client, lab: Lab): Promise<{ usualMs: number; stallMs: number; repeated: number }> {
  const queue = await client.create({ partitions: PARTITIONS });
  const handled = new Collector();
  const handledAt: number[] = [];
  const byAdded = new Collector();
  const consume = async (isAdded: boolean): Promise<Consumer> =>
    queue.consume({ acknowledge: 'after', claims: false, atOnce: 1, prefetch: 1 }, async ({ body }) => {
      handled.add(body);
      handledAt.push(performance.now());
      if (isAdded) byAdded.add(body);
      return 'done';
    });
  const first = await consume(false);
  await flow(queue, lab, 0, BEFORE);
  await handled.untilAll(BEFORE);
  const addedAt = performance.now();
  const joining = consume(true);
  joining.catch(() => {});
  let sent = BEFORE;
  while (sent < BEFORE + AFTER || byAdded.distinct === 0) {
    if (performance.now() - addedAt > PATIENCE_MS) throw new Error('the consumer that was added handled nothing');
    await flow(queue, lab, sent, sent + PART);
    sent += PART;
  }
  await handled.untilAll(sent);
  await Promise.all([first.stop(), (await joining).stop()]);
  return {
    usualMs: longestPause(handledAt.filter((at) => at < addedAt)),
    stallMs: longestPause(handledAt.filter((at) => at >= addedAt)),
    repeated: handled.bodies.length - handled.distinct,
  };
}

async function flow(queue: Queue, lab: Lab, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    await Promise.all([queue.send([message(lab, n)]), delay(EVERY_MS)]);
  }
}

/** A key is a group for ActiveMQ, which is a matter of order. */
function message({ system }: Lab, n: number): { key: string | undefined; body: string } {
  return { key: isKafka(system) ? `key-${n}` : undefined, body: String(n) };
}

function longestPause(times: readonly number[]): number {
  return Math.round(Math.max(...times.slice(1).map((at, n) => at - times[n]!)));
}
