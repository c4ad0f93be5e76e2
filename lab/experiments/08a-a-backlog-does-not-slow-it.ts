import { PATIENCE_MS } from '../basics/limits.ts';
import type { Text } from '../basics/text.ts';
import { allKafka, everywhere } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { Collector } from '../harness/collect.ts';
import { grownText, growth, usageOf } from '../harness/usage.ts';
import type { SystemName } from '../systems/names.ts';
import type { Client, Queue, Usage } from '../systems/system.ts';

const BYTES = 100;
const BACKLOGS = { full: [0, 10_000, 1_000_000], quick: [0, 10_000, 50_000] } as const;
/** These take so long to fill that the backlog is smaller. */
const SLOW_TO_FILL: readonly SystemName[] = ['activemq', 'sqs'];
const SMALL_BACKLOGS = [0, 1_000, 5_000] as const;
const FILL_BATCH = 1_000;
/** The best of some parts counts, as another program may run meanwhile. */
const PARTS = 3;
const PART = 300;
const BATCH = 100;
/** Slowed: less than this part of the rate without a backlog. Wide, so that a busy machine does not count as one. */
const SLOWED = 0.1;

interface Measured {
  readonly produce: number;
  readonly consume: number;
}

interface Backlog extends Measured {
  /** What the messages that wait take in the broker. */
  readonly grown: Usage;
}

export const experiment: Experiment = {
  claim: {
    en: 'A backlog slows neither those who send nor those who read.',
    ko: '쌓인 메시지는 보내는 쪽도 읽는 쪽도 느리게 하지 않는다.',
  },
  tooSimple: {
    en: 'The rates stay, but a message that is sent now waits until all before it are handled, and what waits takes memory or disk: Redis holds all of it in memory, and a classic queue of RabbitMQ 3.10 most of it.',
    ko: '처리율은 그대로이지만, 지금 보낸 메시지는 앞의 메시지가 모두 처리될 때까지 기다린다. 쌓인 메시지는 메모리나 디스크를 차지한다. Redis는 모두, RabbitMQ 3.10의 클래식 큐는 대부분을 메모리에 둔다.',
  },
  method: {
    en: `0, 10,000 and 1,000,000 messages of ${BYTES} B wait (--quick: 0, 10,000, 50,000). Then ${PARTS * PART} are sent in confirmed batches of ${BATCH}, and ${PARTS * PART} from the front are handled and acknowledged one by one. What the waiting messages have added to the memory of the broker and to its files is read before. The best of ${PARTS} parts counts. Slowed is less than a tenth of the rate without a backlog, which is measured before and after; the lower one counts.`,
    ko: `${BYTES}B 메시지 0, 10,000, 1,000,000건이 쌓여 있다(--quick: 0, 10,000, 50,000). 이어서 ${PARTS * PART}건을 ${BATCH}건씩 확인받으며 보내고, 앞에서부터 ${PARTS * PART}건을 하나씩 처리하고 확인한다. 그 전에 쌓인 메시지가 브로커의 메모리와 파일에 더한 양을 읽는다. ${PARTS}구간 중 가장 빠른 값을 쓴다. 쌓인 것이 없을 때의 10분의 1보다 낮으면 느려진 것이다. 쌓인 것이 없을 때의 값은 앞뒤로 재어 낮은 쪽을 쓴다.`,
  },
  how: {
    ...allKafka({
      en: 'One partition, a new group from the first offset.',
      ko: '파티션 하나, 첫 오프셋부터 읽는 새 그룹.',
    }),
    rabbitmq: { en: 'A durable classic queue, prefetch 100.', ko: '내구성 있는 클래식 큐, prefetch 100.' },
    redis: { en: 'A stream, COUNT 100.', ko: '스트림, COUNT 100.' },
    activemq: {
      en: 'A backlog of 1,000 and 5,000 only; credit 100.',
      ko: '쌓인 메시지는 1,000건과 5,000건만. 크레딧 100.',
    },
    sqs: {
      en: 'A backlog of 1,000 and 5,000 only; 10 messages a receive.',
      ko: '쌓인 메시지는 1,000건과 5,000건만. 한 번에 10건.',
    },
  },
  run: everywhere(async (client, lab) => {
    const [none, ...backlogs] = backlogsOf(lab);
    const before = await measure(client, lab, none);
    let worst = { produce: Infinity, consume: Infinity };
    let last = before;
    for (const backlog of backlogs) {
      // Another program may have run: what is slow is measured once more.
      last = await measure(client, lab, backlog);
      if (isSlowed(last, before)) last = { ...last, ...higher(last, await measure(client, lab, backlog)) };
      worst = lower(worst, last);
    }
    const without = lower(before, await measure(client, lab, none));
    return {
      backlog: backlogs.at(-1)!,
      produceWithout: without.produce,
      produceWith: last.produce,
      consumeWithout: without.consume,
      consumeWith: last.consume,
      worst: round(Math.min(worst.produce / without.produce, worst.consume / without.consume), 2),
      ...last.grown,
    };
  }),
  judge: ({ backlog = 0, worst = 0, memoryMb, diskMb, ...rates }) => {
    const { produceWithout = 0, produceWith = 0, consumeWithout = 0, consumeWith = 0 } = rates;
    const [memory, disk] = [memoryMb, diskMb].map(grownText) as [Text, Text];
    const figure = {
      en: `sent ${text(produceWithout)} → ${text(produceWith)} a second, handled ${text(consumeWithout)} → ${text(consumeWith)}, with ${text(backlog)} waiting; memory ${memory.en}, disk ${disk.en}`,
      ko: `${text(backlog)}건이 쌓이면 초당 보냄 ${text(produceWithout)} → ${text(produceWith)}, 처리 ${text(consumeWithout)} → ${text(consumeWith)}. 메모리 ${memory.ko}, 디스크 ${disk.ko}`,
    };
    return worst >= SLOWED
      ? { verdict: 'holds', figure, reason: { en: 'The rates stay.', ko: '처리율이 유지된다.' } }
      : {
          verdict: 'does not hold',
          figure,
          reason: { en: 'The rate is a fraction of what it is without.', ko: '처리율이 일부로 떨어진다.' },
        };
  },
  sabotage: {
    what: {
      en: 'What is timed is the messages that were sent last, which wait for all before them.',
      ko: '앞의 메시지를 모두 기다려야 하는, 마지막에 보낸 메시지의 시간을 잰다.',
    },
  },
  chart: {
    title: { en: 'Messages a second', ko: '초당 메시지' },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'produceWithout', label: { en: 'sent, no backlog', ko: '보냄, 쌓인 것 없음' } },
      { value: 'produceWith', label: { en: 'sent, with backlog', ko: '보냄, 쌓임' } },
      { value: 'consumeWithout', label: { en: 'handled, no backlog', ko: '처리, 쌓인 것 없음' } },
      { value: 'consumeWith', label: { en: 'handled, with backlog', ko: '처리, 쌓임' } },
    ],
  },
};

function isSlowed(measured: Measured, without: Measured): boolean {
  return measured.produce < SLOWED * without.produce || measured.consume < SLOWED * without.consume;
}

function higher(one: Measured, other: Measured): Measured {
  return { produce: Math.max(one.produce, other.produce), consume: Math.max(one.consume, other.consume) };
}

function lower(one: Measured, other: Measured): Measured {
  return { produce: Math.min(one.produce, other.produce), consume: Math.min(one.consume, other.consume) };
}

function backlogsOf({ system, quick, sabotaged }: Lab): readonly [number, ...number[]] {
  const backlogs = SLOW_TO_FILL.includes(system) ? SMALL_BACKLOGS : BACKLOGS[quick ? 'quick' : 'full'];
  // With the sabotage all of it is read, and more shows nothing more.
  return sabotaged && backlogs[1] === 10_000 ? [0, backlogs[1]] : backlogs;
}

async function measure(client: Client, lab: Lab, backlog: number): Promise<Backlog> {
  const queue = await client.create();
  const before = await usageOf(client, lab);
  for (let filled = 0; filled < backlog; filled += FILL_BATCH) await queue.send(messages(FILL_BATCH));
  const grown = growth(before, await usageOf(client, lab));
  const produce: number[] = [];
  for (let part = 0; part < PARTS; part++) {
    const startedAt = performance.now();
    for (let sent = 0; sent < PART; sent += BATCH) await queue.send(messages(BATCH));
    produce.push(perSecond(PART, startedAt));
  }
  return { produce: Math.max(...produce), consume: await consume(queue, lab.sabotaged ? backlog : 0), grown };
}

/** Handles some after the first `skipped`, which count as waiting for them. */
async function consume(queue: Queue, skipped: number): Promise<number> {
  const rates: number[] = [];
  const handled = new Collector();
  let count = 0;
  let partAt = Number.NaN;
  const options = { acknowledge: 'after', atOnce: 1, prefetch: BATCH, claims: false } as const;
  const consumer = await queue.consume(options, async () => {
    if (count === 0) partAt = performance.now();
    count++;
    if (count > skipped && (count - skipped) % PART === 0 && rates.length < PARTS) {
      rates.push(perSecond(PART, partAt));
      if (skipped === 0) partAt = performance.now();
    }
    handled.add('');
    return 'done';
  });
  const areAll = await handled.untilTrue(() => rates.length === PARTS, PATIENCE_MS);
  if (!areAll) throw new Error(`${count} messages came, and then no other`);
  await consumer.stop();
  return Math.max(...rates);
}

function messages(count: number): ReadonlyArray<{ key: undefined; body: string }> {
  return Array.from({ length: count }, () => ({ key: undefined, body: '.'.repeat(BYTES) }));
}

function perSecond(count: number, startedAt: number): number {
  return Math.round((count * 1_000) / (performance.now() - startedAt));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function text(count: number): string {
  return count.toLocaleString('en');
}
