import { randomUUID } from 'node:crypto';
import type { Producer, Transaction } from 'kafkajs';
import { until } from '@event-bus/test-kit/until';
import type { Text } from '../basics/text.ts';
import { Collector } from '../harness/collect.ts';
import { allKafka, everywhere } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import type { KafkaClient } from '../systems/kafka.ts';
import type { SystemName } from '../systems/names.ts';
import type { Queue } from '../systems/system.ts';

const MESSAGES = 100;
const BATCH = 10;

/** A sender that remembers how far it has come. */
interface Sender {
  /** The first number that it does not know to be sent. */
  position(): Promise<number>;
  /** Resolves when the broker has confirmed all of them. */
  send(numbers: readonly number[]): Promise<void>;
  remember(position: number): Promise<void>;
  /** Nothing is known any more but what was remembered. */
  crash(): Promise<void>;
}

const CONDITION: Partial<Record<SystemName, Text>> = {
  ...allKafka({
    en: '… its position is part of the transaction.',
    ko: '… 위치가 트랜잭션에 포함된 경우.',
  }),
  redis: { en: '… it numbers its messages.', ko: '… 메시지에 번호를 매기는 경우.' },
  sqs: {
    en: '… the queue is FIFO, and it numbers its messages.',
    ko: '… 큐가 FIFO이고 메시지에 번호를 매기는 경우.',
  },
};

export const experiment: Experiment = {
  claim: {
    en: 'A sender that crashes and begins again sends nothing twice.',
    ko: '크래시 뒤에 다시 시작한 생산자는 아무것도 두 번 보내지 않는다.',
  },
  tooSimple: {
    en: 'It cannot know whether what it sent last has arrived, so it sends that again. Kafka takes the messages and the position of the sender in one transaction, which is of use where both are in Kafka. SQS FIFO drops an id it has seen in the last five minutes, and a Redis stream an id that is not above the last. The idempotent producer of Kafka drops only what the client itself repeats, not what a new one sends.',
    ko: '마지막에 보낸 것이 도착했는지 알 수 없으므로 다시 보낸다. Kafka는 메시지와 생산자의 위치를 한 트랜잭션에 담으며, 둘 다 Kafka에 있을 때 쓸모가 있다. SQS FIFO는 최근 5분 안에 본 id를, Redis 스트림은 마지막보다 크지 않은 id를 버린다. Kafka의 멱등 프로듀서는 클라이언트 자신의 재시도만 버리고, 새로 시작한 생산자가 보낸 것은 버리지 않는다.',
  },
  method: {
    en: `${MESSAGES} numbered messages are sent in batches of ${BATCH}. The sender crashes twice, at batches drawn by the seed: once when half of the batch was sent, once when all of it was confirmed, each time before that is remembered. A new one goes on from the position that was remembered. Counted is what a reader receives twice: once with messages as they are, once in the way that the system offers.`,
    ko: `번호를 매긴 메시지 ${MESSAGES}건을 ${BATCH}건씩 보낸다. 생산자는 시드로 뽑은 배치에서 두 번 크래시한다. 한 번은 배치의 절반을 보냈을 때, 한 번은 모두 확인받았을 때이며, 둘 다 기억하기 전이다. 새 생산자가 기억된 위치부터 이어 보낸다. 소비자가 두 번 받은 것을 센다. 먼저 아무 방법 없이, 다음은 시스템이 제공하는 방법으로 실행한다.`,
  },
  how: {
    ...allKafka({
      en: 'Without, then with a transaction of messages and position (`sendOffsets`); the reader takes what is committed.',
      ko: '트랜잭션 없이, 다음은 메시지와 위치를 담은 트랜잭션(`sendOffsets`). 소비자는 커밋된 것만 읽는다.',
    }),
    rabbitmq: {
      en: 'Confirms; then a message id as well. To drop repetitions takes a plugin, or the protocol of streams instead of AMQP.',
      ko: 'confirm. 다음은 메시지 id도 넣는다. 중복을 버리려면 플러그인이나, AMQP 대신 스트림 프로토콜이 필요하다.',
    },
    redis: {
      en: 'XADD with `*`, then with the number of the message as its id.',
      ko: '`*`로 XADD, 다음은 메시지 번호를 id로 쓴다.',
    },
    activemq: {
      en: 'AMQP, accepted by the broker; then with a message id as well.',
      ko: 'AMQP, 브로커의 accept. 다음은 메시지 id도 넣는다.',
    },
    sqs: {
      en: 'A FIFO queue with a new deduplication id for each send, then with the number of the message.',
      ko: 'FIFO 큐. 보낼 때마다 새 중복 제거 id, 다음은 메시지 번호.',
    },
  },
  run: {
    ...everywhere(async (client, lab) => ({
      plain: await countTwice(await client.create({ ordered: true }), lab, plainSender),
      offered: await countTwice(await client.create({ ordered: true }), lab, (queue) =>
        plainSender(queue, { withIds: !lab.sabotaged }),
      ),
    })),
    ...allKafka(async (client: KafkaClient, lab: Lab) => ({
      plain: await countTwice(await client.create(), lab, plainSender),
      offered: await countTwice(await client.create(), lab, (queue) => transactionalSender(client, queue, lab)),
    })),
  },
  judge: ({ plain = 0, offered = 0 }, system) => {
    const figure = {
      en: `${offered} of ${MESSAGES} twice, ${plain} as they are`,
      ko: `${MESSAGES}건 중 ${offered}건 두 번, 그대로 보내면 ${plain}건`,
    };
    const condition = CONDITION[system];
    if (offered === 0 && condition !== undefined) return { verdict: 'holds if', figure, reason: condition };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'What it was not sure of is there twice.', ko: '확실하지 않았던 것이 두 번 들어 있다.' },
    };
  },
  sabotage: {
    what: {
      en: 'The position is not part of the transaction; ids are new ones each time.',
      ko: '위치를 트랜잭션에 넣지 않는다. id는 매번 새로 만든다.',
    },
    without: ['rabbitmq', 'activemq'],
  },
  chart: {
    title: { en: `There twice, of ${MESSAGES}`, ko: `${MESSAGES}건 중 두 번 들어 있는 메시지` },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'plain', label: { en: 'sent as they are', ko: '그대로 보냄' } },
      { value: 'offered', label: { en: 'as the system offers it', ko: '시스템이 제공하는 방법' } },
    ],
  },
};

/** Has a sender send all messages with two crashes on the way, and counts what a reader then receives more than once. */
async function countTwice(queue: Queue, lab: Lab, senderTo: (queue: Queue) => Sender): Promise<number> {
  const sender = senderTo(queue);
  lab.closeAtEnd(async () => sender.crash());
  const [first, second] = drawTwo(MESSAGES / BATCH, lab.random);
  const crashes = new Map([
    [first * BATCH, BATCH / 2],
    [second * BATCH, BATCH],
  ]);
  for (let at = await sender.position(); at < MESSAGES; at = await sender.position()) {
    const sentBefore = crashes.get(at);
    await sender.send(Array.from({ length: sentBefore ?? BATCH }, (_, n) => at + n));
    if (sentBefore === undefined) await sender.remember(at + BATCH);
    else await sender.crash();
    crashes.delete(at);
  }

  const received = new Collector();
  const places = new Set<string>();
  const reader = await queue.consume(
    { acknowledge: 'after', claims: false },
    async ({ body, place, deliveries = 1 }) => {
      // One message that is delivered again is not there twice.
      if (deliveries > 1 || (place !== undefined && places.has(place))) return 'done';
      if (place !== undefined) places.add(place);
      received.add(body);
      return 'done';
    },
  );
  await received.untilAll(MESSAGES);
  // What is there twice may come later.
  await received.untilTrue(() => false);
  await reader.stop();
  return received.bodies.length - received.distinct;
}

/** It remembers its position on its own side. */
function plainSender(queue: Queue, { withIds = false } = {}): Sender {
  let position = 0;
  return {
    position: async () => position,
    send: async (numbers) =>
      queue.send(numbers.map((n) => ({ key: 'key', body: String(n), ...(withIds && { id: n + 1 }) }))),
    remember: async (to) => {
      position = to;
    },
    crash: async () => {},
  };
}

/**
 * It remembers its position as the committed offset of a group. A new producer of the same id ends what an earlier one has left
 * open; only then it asks for the position, as an offset may be seen a moment after its transaction was committed.
 */
function transactionalSender(client: KafkaClient, { name: topic }: Queue, { sabotaged }: Lab): Sender {
  const consumerGroupId = `${topic}-sender`;
  const transactionalId = `lab-${randomUUID()}`;
  client.deleteGroupAtEnd(consumerGroupId);
  let known: number | undefined;
  let producer: Producer | undefined;
  let transaction: Transaction | undefined;
  const inTransaction = async (): Promise<Transaction> => {
    if (producer === undefined) {
      producer = client.kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
      await producer.connect();
    }
    transaction ??= await producer.transaction();
    return transaction;
  };
  const commit = async (): Promise<void> => {
    await transaction?.commit();
    transaction = undefined;
  };
  return {
    position: async () => {
      if (known !== undefined) return known;
      await inTransaction();
      const [offsets] = await client.admin.fetchOffsets({ groupId: consumerGroupId, topics: [topic] });
      known = Math.max(0, Number(offsets?.partitions[0]?.offset ?? 0));
      return known;
    },
    send: async (numbers) => {
      const messages = numbers.map((n) => ({ key: 'key', value: String(n) }));
      await onceEnded(async () => (await inTransaction()).send({ topic, messages }));
      if (sabotaged) await commit();
    },
    remember: async (position) => {
      const topics = [{ topic, partitions: [{ partition: 0, offset: String(position) }] }];
      await onceEnded(async () => (await inTransaction()).sendOffsets({ consumerGroupId, topics }));
      await commit();
      known = position;
    },
    crash: async () => {
      await producer?.disconnect();
      [known, producer, transaction] = [undefined, undefined, undefined];
    },
  };
}

/** Kafka may still be at the end of the transaction before, which kafkajs does not wait for. */
async function onceEnded(send: () => Promise<unknown>): Promise<void> {
  const { error } = await until('the end of the transaction before', async () =>
    send().then(
      () => ({ error: undefined }),
      (error: { type?: string }) => error.type !== 'CONCURRENT_TRANSACTIONS' && { error },
    ),
  );
  if (error !== undefined) throw error as Error;
}

/** Two different whole numbers below `end`. */
function drawTwo(end: number, random: () => number): [number, number] {
  const first = Math.floor(random() * end);
  return [first, (first + 1 + Math.floor(random() * (end - 1))) % end];
}
