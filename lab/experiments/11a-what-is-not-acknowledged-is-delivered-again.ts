import { allKafka, everywhere, isKafka } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { Collector } from '../harness/collect.ts';
import { ConsumerProcess } from '../harness/consumer-process.ts';
import type { Client } from '../systems/system.ts';

const MESSAGES = 10;

export const experiment: Experiment = {
  claim: {
    en: 'What a consumer did not acknowledge in time is delivered again.',
    ko: '소비자가 제때 확인하지 않은 메시지는 다시 전달된다.',
  },
  tooSimple: {
    en: 'The systems notice a lost consumer by different signs: a closed connection, a heartbeat that is missing, a time-out of each message. With Redis streams nobody notices: the entry stays with the dead consumer until another one claims it.',
    ko: '소비자를 잃었다는 것을 알아차리는 방법이 다르다. 끊어진 연결, 오지 않는 하트비트, 메시지별 타임아웃. Redis 스트림에서는 아무도 알아차리지 못한다. 다른 소비자가 가져올 때까지 항목은 죽은 소비자에게 남는다.',
  },
  method: {
    en: `${MESSAGES} messages. A consumer in a process of its own receives them and is killed with SIGKILL before it acknowledges. A second consumer then counts what it receives.`,
    ko: `메시지 ${MESSAGES}건. 별도 프로세스의 소비자가 받은 뒤 확인하기 전에 SIGKILL로 종료된다. 두 번째 소비자가 자신이 받은 메시지를 센다.`,
  },
  how: {
    ...allKafka({
      en: 'Offsets are committed after the work. The group notices the missing heartbeat after the session time-out of 6 s.',
      ko: '오프셋은 작업 뒤에 커밋한다. 그룹은 세션 타임아웃 6초 뒤에 하트비트가 없음을 알아차린다.',
    }),
    rabbitmq: {
      en: `Manual ack, prefetch ${MESSAGES}. The closed connection gives everything back at once.`,
      ko: `수동 ack, prefetch ${MESSAGES}. 연결이 끊기면 바로 모두 되돌아온다.`,
    },
    redis: {
      en: 'XREADGROUP and XACK. First the second consumer only reads new entries, then it also claims idle ones with XAUTOCLAIM.',
      ko: 'XREADGROUP과 XACK. 먼저 두 번째 소비자는 새 항목만 읽고, 다음에는 XAUTOCLAIM으로 방치된 항목도 가져온다.',
    },
    activemq: {
      en: 'Accepted after the work. The closed connection gives everything back at once.',
      ko: '작업 뒤에 accept. 연결이 끊기면 바로 모두 되돌아온다.',
    },
    sqs: {
      en: 'Deleted after the work. What is received is invisible to others for 2 s, the visibility time-out.',
      ko: '작업 뒤에 삭제한다. 받은 메시지는 가시성 타임아웃인 2초 동안 다른 소비자에게 보이지 않는다.',
    },
  },
  run: {
    ...everywhere(async (client, lab) => {
      const { again, waitMs } = await killAndCount(client, lab, true);
      return { plain: again, again, waitMs };
    }),
    redis: async (client, lab) => {
      const { again: plain } = await killAndCount(client, lab, false);
      return { plain, ...(await killAndCount(client, lab, true)) };
    },
  },
  judge: ({ plain = 0, again = 0, waitMs = 0 }) => {
    const seconds = (waitMs / 1_000).toFixed(1);
    const figure = {
      en: `${again} of ${MESSAGES}${again > 0 ? `, after ${seconds} s` : ''}`,
      ko: `${MESSAGES}건 중 ${again}건${again > 0 ? `, ${seconds}초 뒤` : ''}`,
    };
    if (plain === MESSAGES)
      return { verdict: 'holds', figure, reason: { en: 'All came again.', ko: '모두 다시 왔다.' } };
    if (again === MESSAGES)
      return {
        verdict: 'holds if',
        figure,
        reason: { en: '… another consumer claims it.', ko: '… 다른 소비자가 가져오는 경우.' },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'What the consumer had received is lost.', ko: '소비자가 받았던 메시지를 잃었다.' },
    };
  },
  sabotage: {
    what: { en: 'The first consumer acknowledges before the work.', ko: '첫 번째 소비자가 작업 전에 확인한다.' },
  },
  chart: {
    title: { en: 'Time until the last message came again', ko: '마지막 메시지가 다시 올 때까지의 시간' },
    unit: { en: 'ms', ko: 'ms' },
    bars: [{ value: 'waitMs', label: { en: 'from the kill on', ko: '종료 시점부터' } }],
  },
};

async function killAndCount(client: Client, lab: Lab, claims: boolean): Promise<{ again: number; waitMs: number }> {
  const queue = await client.create();
  await queue.send(Array.from({ length: MESSAGES }, (_, n) => ({ key: 'key', body: String(n) })));
  const first = new ConsumerProcess(lab, {
    queue: queue.name,
    consume: { acknowledge: lab.sabotaged ? 'before' : 'after', atOnce: MESSAGES },
    handler: 'hold',
  });
  // One at a time is what a partition gives.
  await first.hasBegun(isKafka(lab.system) ? 1 : MESSAGES);
  await first.kill();

  const received = new Collector();
  const second = await queue.consume({ acknowledge: 'after', claims }, async ({ body }) => {
    received.add(body);
    return 'done';
  });
  await received.until(MESSAGES);
  await second.stop();
  return { again: received.distinct, waitMs: Math.round(received.lastMs) };
}
