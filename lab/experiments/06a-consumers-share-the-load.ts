import { setTimeout as delay } from 'node:timers/promises';
import { allKafka, everywhere, isKafka } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { Collector } from '../harness/collect.ts';
import type { Client } from '../systems/system.ts';

const MESSAGES = { full: 160, quick: 80 } as const;
const WORK_MS = 10;
const PARTITIONS = 4;
const COUNTS = [1, 2, 4, 8] as const;
/** Whoever handles less than this part of a fair share does not count as sharing. */
const SHARE = 0.25;
const SABOTAGED_PREFETCH = 10_000;

export const experiment: Experiment = {
  claim: {
    en: 'Consumers that are added share the load.',
    ko: '추가된 소비자가 부하를 나누어 가진다.',
  },
  tooSimple: {
    en: 'A queue hands the next message to any free consumer. Kafka hands out partitions: a consumer without one is idle. And a large prefetch gives everything to whoever was first.',
    ko: '큐는 다음 메시지를 아무 빈 소비자에게나 준다. Kafka는 파티션을 나누어 주므로 파티션이 없는 소비자는 쉰다. prefetch가 크면 먼저 온 소비자가 모두 가져간다.',
  },
  method: {
    en: `${COUNTS.join(', ')} consumers; every message takes ${WORK_MS} ms. A consumer shares the load when it handles at least a quarter of a fair share. The figure is how much sooner the work is done than with one.`,
    ko: `소비자 ${COUNTS.join(', ')}개, 메시지마다 ${WORK_MS}ms. 공평한 몫의 4분의 1 이상을 처리한 소비자를 분담한 것으로 센다. 수치는 소비자가 하나일 때보다 얼마나 빨리 끝났는지이다.`,
  },
  how: {
    ...allKafka({
      en: `One group, a topic with ${PARTITIONS} partitions, random keys.`,
      ko: `그룹 하나, 파티션 ${PARTITIONS}개짜리 토픽, 임의의 키.`,
    }),
    rabbitmq: { en: 'One queue, prefetch 1.', ko: '큐 하나, prefetch 1.' },
    redis: { en: 'One group, COUNT 1.', ko: '그룹 하나, COUNT 1.' },
    activemq: { en: 'One queue, credit 1, no groups.', ko: '큐 하나, 크레딧 1, 그룹 없음.' },
    sqs: { en: 'A standard queue, one message per receive.', ko: '표준 큐, 한 번에 메시지 하나.' },
  },
  run: everywhere(async (client, lab) => {
    const seen: Record<string, number> = {};
    let oneMs = 0;
    for (const consumers of COUNTS) {
      const { busy, ms } = await share(client, lab, consumers);
      if (consumers === 1) oneMs = ms;
      seen[`busy${consumers}`] = busy;
      seen[`faster${consumers}`] = Math.round((oneMs / ms) * 10) / 10;
    }
    return seen;
  }),
  judge: ({ busy4 = 0, busy8 = 0, faster4 = 0, faster8 = 0 }) => {
    const figure = {
      en: `${busy8} of 8 busy; ${faster4}× with 4, ${faster8}× with 8`,
      ko: `8개 중 ${busy8}개 작업. 4개 ${faster4}배, 8개 ${faster8}배`,
    };
    if (busy8 === 8) return { verdict: 'holds', figure, reason: { en: 'All of them worked.', ko: '모두 작업했다.' } };
    if (busy4 === 4)
      return {
        verdict: 'holds if',
        figure,
        reason: {
          en: '… there are as many partitions as consumers.',
          ko: '… 파티션이 소비자만큼 있는 경우.',
        },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'Some consumers had nothing to do.', ko: '할 일이 없는 소비자가 있었다.' },
    };
  },
  sabotage: {
    what: {
      en: 'One partition; elsewhere the first consumer is handed as much as there is. SQS hands out 10 at most, so nothing can be broken there.',
      ko: '파티션 하나. 다른 시스템에서는 첫 소비자에게 있는 만큼 모두 준다. SQS는 최대 10건만 주므로 깨뜨릴 수 없다.',
    },
    without: ['sqs'],
  },
  chart: {
    title: { en: 'How much sooner the work was done', ko: '작업이 얼마나 빨리 끝났는가' },
    unit: { en: 'times as fast as one consumer', ko: '소비자 하나 대비 배수' },
    bars: COUNTS.slice(1).map((consumers) => ({
      value: `faster${consumers}`,
      label: { en: `${consumers} consumers`, ko: `소비자 ${consumers}개` },
    })),
  },
};

async function share(client: Client, lab: Lab, consumers: number): Promise<{ busy: number; ms: number }> {
  const messages = lab.quick ? MESSAGES.quick : MESSAGES.full;
  const queue = await client.create({ partitions: lab.sabotaged ? 1 : PARTITIONS });
  const send = async (): Promise<void> =>
    queue.send(
      Array.from({ length: messages }, (_, n) => ({
        // A key is a group for ActiveMQ, which is a matter of order.
        key: isKafka(lab.system) ? `key-${Math.floor(lab.random() * messages)}` : undefined,
        body: String(n),
      })),
    );
  const isTakenByFirst = lab.sabotaged && !isKafka(lab.system);
  if (isTakenByFirst) await send();

  const handled = Array.from({ length: consumers }, () => 0);
  const done = new Collector();
  const running = [];
  for (let n = 0; n < consumers; n++) {
    const prefetch = isTakenByFirst ? SABOTAGED_PREFETCH : 1;
    running.push(
      await queue.consume({ acknowledge: 'after', atOnce: 1, prefetch }, async ({ body }) => {
        // The work.
        await delay(WORK_MS);
        handled[n]!++;
        done.add(body);
        return 'done';
      }),
    );
    if (isTakenByFirst && n === 0) await done.until(1);
  }
  const startedAt = performance.now();
  if (!isTakenByFirst) await send();
  await done.untilAll(messages);
  const ms = performance.now() - startedAt;
  await Promise.all(running.map(async (consumer) => consumer.stop()));
  return { busy: handled.filter((count) => count >= (messages / consumers) * SHARE).length, ms };
}
