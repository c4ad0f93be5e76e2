import { setTimeout as delay } from 'node:timers/promises';
import type { Text } from '../basics/text.ts';
import { ConsumerProcess } from '../harness/consumer-process.ts';
import type { CountingProxy } from '../harness/counting-proxy.ts';
import { allKafka } from '../harness/experiment.ts';
import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { everywhereThroughProxy } from '../harness/through-proxy.ts';
import { grownText, growth, usageOf } from '../harness/usage.ts';
import type { SystemName } from '../systems/names.ts';
import { NO_LIMIT } from '../systems/system.ts';
import type { Client, ConsumeOptions, Queue } from '../systems/system.ts';

const MESSAGES = 2_000;
const BYTES = 5_000;
const TOTAL_BYTES = MESSAGES * BYTES;
/** A consumer that holds more than this part of all is flooded. */
const FLOODED = 0.25;
const BOUND = 10;
/** Nothing more is on its way when less than a message came for so long. */
const STILL_MS = 4_000;
const LOOK_MS = 100;
/** A broker of Kafka refuses a batch above 1 MiB. */
const BATCH = 100;
/** So many wait where memory is measured: more than what a runtime takes and gives back by itself. */
const FOR_MEMORY = 20_000;

type Ahead = Pick<ConsumeOptions, 'prefetch' | 'prefetchBytes'>;

const UNBOUNDED: Ahead = { prefetch: NO_LIMIT, prefetchBytes: 2 * TOTAL_BYTES };
const BOUNDED: Ahead = { prefetch: BOUND, prefetchBytes: BOUND * BYTES };
/** What a client does when nothing is set. */
const UNSET: Partial<Record<SystemName, Ahead>> = {
  ...allKafka({}),
  rabbitmq: UNBOUNDED,
  redis: UNBOUNDED,
  activemq: { prefetch: 1_000 },
  sqs: { prefetch: 1 },
};

export const experiment: Experiment = {
  claim: {
    en: 'A slow consumer is not flooded.',
    ko: '느린 소비자에게 메시지가 쏟아지지 않는다.',
  },
  tooSimple: {
    en: 'Who pulls takes as much as it wants, but a pull has a size, too. Who is pushed to gets everything, until it says how much it wants: prefetch or credit turn push into pull. What is handed out ahead is in the memory of the consumer, out of the reach of others, and delivered again after a crash.',
    ko: '당겨 가는 쪽은 원하는 만큼 가져가지만, 당기는 데에도 크기가 있다. 밀어 주는 쪽은 한도를 알려 줄 때까지 모두 보낸다. prefetch나 크레딧은 push를 pull로 바꾼다. 미리 내보낸 메시지는 소비자의 메모리에 있고, 다른 소비자가 가져갈 수 없으며, 크래시 뒤에 다시 전달된다.',
  },
  method: {
    en: `${MESSAGES.toLocaleString('en')} messages of ${BYTES / 1_000} KB wait. A consumer begins with the first one and does not finish it. Through a proxy that counts bytes it is seen how many it has been sent meanwhile: once with what the client does when nothing is set, once with a bound of ${BOUND}. More than a quarter of all is flooded. Then ${FOR_MEMORY.toLocaleString('en')} messages wait, and it is read how much more memory such a consumer has, in a process of its own, than one with a single message, and what is added to the memory of the broker (not with --quick).`,
    ko: `${BYTES / 1_000}KB 메시지 ${MESSAGES.toLocaleString('en')}건이 기다린다. 소비자는 첫 메시지를 시작하고 끝내지 않는다. 그사이 몇 건을 받았는지 바이트를 세는 프록시로 본다. 클라이언트에 아무것도 설정하지 않은 경우와 한도를 ${BOUND}건으로 둔 경우를 실행한다. 전체의 4분의 1을 넘으면 쏟아진 것이다. 이어서 ${FOR_MEMORY.toLocaleString('en')}건이 기다릴 때 별도 프로세스인 소비자의 메모리가 한 건일 때보다 얼마나 큰지, 브로커의 메모리가 얼마나 느는지 읽는다(--quick에서는 생략).`,
  },
  how: {
    ...allKafka({
      en: 'Pull: a fetch has at most 1 MiB of a partition; then at most the bytes of 10 messages, but never less than a batch as it was sent, here of 100.',
      ko: 'Pull: 한 번의 fetch는 파티션당 최대 1MiB. 다음은 메시지 10건만큼의 바이트. 단, 보낸 배치(여기서는 100건)보다 작게 나누지 않는다.',
    }),
    rabbitmq: { en: 'Push without prefetch; then prefetch 10.', ko: 'prefetch 없는 push. 다음은 prefetch 10.' },
    redis: { en: 'XREADGROUP without COUNT; then COUNT 10.', ko: 'COUNT 없는 XREADGROUP. 다음은 COUNT 10.' },
    activemq: {
      en: 'Push by AMQP credit: 1,000 as the client sets it; then 10.',
      ko: 'AMQP 크레딧에 따른 push: 클라이언트 기본값 1,000. 다음은 10.',
    },
    sqs: { en: 'Pull: a receive has 1 message; then at most 10.', ko: 'Pull: 한 번에 메시지 1건. 다음은 최대 10건.' },
  },
  run: everywhereThroughProxy(async (client, proxy, lab) => ({
    unset: await heldWith(client, proxy, lab, UNSET[lab.system] ?? {}),
    bounded: await heldWith(client, proxy, lab, BOUNDED),
    ...(!lab.quick && !lab.sabotaged && (await measureMemory(client, lab))),
  })),
  judge: ({ unset = 0, bounded = 0, consumerMb, consumerBoundedMb, brokerMb }) => {
    const [consumer, consumerBounded, broker] = [consumerMb, consumerBoundedMb, brokerMb].map(grownText) as [
      Text,
      Text,
      Text,
    ];
    const [en, ko] =
      consumerMb === undefined
        ? ['', '']
        : [
            `; with ${FOR_MEMORY.toLocaleString('en')} waiting, memory of the consumer ${consumer.en}, with a bound ${consumerBounded.en}, of the broker ${broker.en}`,
            `. ${FOR_MEMORY.toLocaleString('en')}건이 기다릴 때 소비자의 메모리 ${consumer.ko}, 한도를 두면 ${consumerBounded.ko}, 브로커의 메모리 ${broker.ko}`,
          ];
    const figure = {
      en: `${unset} of ${MESSAGES} handed out, with a bound ${bounded}${en}`,
      ko: `${MESSAGES}건 중 ${unset}건, 한도를 두면 ${bounded}건${ko}`,
    };
    if (unset <= MESSAGES * FLOODED)
      return {
        verdict: 'holds',
        figure,
        reason: { en: 'Most of it waits in the broker.', ko: '대부분 브로커에서 기다린다.' },
      };
    if (bounded <= MESSAGES * FLOODED)
      return {
        verdict: 'holds if',
        figure,
        reason: { en: '… it sets a bound.', ko: '… 한도를 설정한 경우.' },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'It was sent far more than it can handle.', ko: '처리할 수 있는 양보다 훨씬 많이 받았다.' },
    };
  },
  sabotage: {
    what: {
      en: 'No bound, for Kafka a fetch as large as all. SQS hands out 10 at most and ActiveMQ no more than a page of its store, so nothing can be broken there.',
      ko: '한도 없음. Kafka에서는 fetch 크기를 전체만큼 키운다. SQS는 최대 10건, ActiveMQ는 저장소에서 읽은 한 페이지만 주므로 깨뜨릴 수 없다.',
    },
    without: ['activemq', 'sqs'],
  },
  chart: {
    title: { en: `Handed out to a slow consumer, of ${MESSAGES}`, ko: `느린 소비자가 받은 메시지, ${MESSAGES}건 중` },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'unset', label: { en: 'nothing set', ko: '설정 없음' } },
      { value: 'bounded', label: { en: `bound of ${BOUND}`, ko: `한도 ${BOUND}` } },
    ],
  },
};

/** How many messages a consumer has been sent while it is busy with its first one. */
async function heldWith(client: Client, proxy: CountingProxy, lab: Lab, wanted: Ahead): Promise<number> {
  const queue = await filled(client, MESSAGES);
  const before = proxy.fromBroker;
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const consumer = await queue.consume(
    { acknowledge: 'after', claims: false, ...(lab.sabotaged ? UNBOUNDED : wanted) },
    async () => {
      begun.resolve();
      await finish.promise;
      return 'done';
    },
  );
  await begun.promise;
  const held = await whenStill(() => Math.min(proxy.fromBroker - before, TOTAL_BYTES), BYTES);
  const stopped = consumer.stop();
  finish.resolve();
  await stopped;
  return Math.min(MESSAGES, Math.ceil(held / BYTES));
}

/** What a consumer that is busy with its first message takes when so many wait, and what the broker takes because of it. */
async function memoryWith(
  client: Client,
  lab: Lab,
  count: number,
  wanted: Ahead,
): Promise<{ consumerMb: number; brokerMb: number | undefined }> {
  const queue = await filled(client, count);
  const before = await usageOf(client, lab);
  const consumer = new ConsumerProcess(lab, {
    queue: queue.name,
    consume: { acknowledge: 'after', claims: false, ...wanted },
    handler: 'hold',
  });
  await consumer.hasBegun(1);
  const consumerMb = await whenStill(() => consumer.residentMb(), 1);
  const { memoryMb: brokerMb } = growth(before, await usageOf(client, lab));
  await consumer.kill();
  return { consumerMb, brokerMb };
}

async function measureMemory(client: Client, lab: Lab): Promise<Seen> {
  const ahead = UNSET[lab.system] ?? {};
  const alone = await memoryWith(client, lab, 1, ahead);
  const unset = await memoryWith(client, lab, FOR_MEMORY, ahead);
  const bounded = await memoryWith(client, lab, FOR_MEMORY, BOUNDED);
  return {
    consumerMb: Math.round(unset.consumerMb - alone.consumerMb),
    consumerBoundedMb: Math.round(bounded.consumerMb - alone.consumerMb),
    ...(unset.brokerMb !== undefined && { brokerMb: unset.brokerMb }),
  };
}

async function filled(client: Client, count: number): Promise<Queue> {
  const queue = await client.create();
  for (let at = 0; at < count; at += BATCH) {
    await queue.send(
      Array.from({ length: Math.min(BATCH, count - at) }, (_, n) => ({
        key: undefined,
        body: String(at + n).padEnd(BYTES, '.'),
      })),
    );
  }
  return queue;
}

/** The highest value, once it has not grown by `step` for a while. */
async function whenStill(read: () => number, step: number): Promise<number> {
  let highest = read();
  for (let stillMs = 0; stillMs < STILL_MS; stillMs += LOOK_MS) {
    await delay(LOOK_MS);
    const now = read();
    if (now - highest < step) continue;
    [highest, stillMs] = [now, 0];
  }
  return highest;
}
