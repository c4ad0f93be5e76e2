import { PATIENCE_MS } from '../basics/limits.ts';
import { allKafka } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { late, lateInKeys } from '../harness/late.ts';
import { readAll } from '../harness/read-all.ts';
import type { Client } from '../systems/system.ts';

const MESSAGES = 240;
const PARTITIONS = 4;
const KEYS = 6;
/** As one after the other they would all be in one batch of their partition. */
const SENT_TOGETHER = 10;

interface Spread {
  /** Handled after a message that was sent later. */
  readonly late: number;
  /** The same, among messages with one key. */
  readonly lateInKey: number;
  /** How many messages the fullest partition has. */
  readonly fullest: number;
}

const NO_PARTITIONS = { en: 'it has no partitions; 04a has its order', ko: '파티션이 없다. 순서는 04a에서 다룬다' };

export const experiment: Experiment = {
  claim: {
    en: 'Messages without a key are handled in the order in which they were sent.',
    ko: '키가 없는 메시지는 보낸 순서대로 처리된다.',
  },
  tooSimple: {
    en: 'Without a key the client deals them out: kafkajs to one partition after the other, other clients a batch to each. The partitions fill evenly, and no two messages have an order. With a key its hash decides: what belongs together stays in order, and the partition of the busiest keys has the most to do.',
    ko: '키가 없으면 클라이언트가 나누어 보낸다. kafkajs는 파티션에 번갈아, 다른 클라이언트는 배치마다 나눈다. 파티션은 고르게 차지만 메시지 사이의 순서는 없다. 키가 있으면 해시가 정한다. 함께 있어야 할 것은 순서를 지키지만, 바쁜 키의 파티션은 일이 가장 많다.',
  },
  method: {
    en: `${MESSAGES} numbered messages go to ${PARTITIONS} partitions: with one of ${KEYS} keys, drawn by the seed, then without a key; then without a key to one partition. One consumer handles them. A message is late when one that was sent after it was handled before it.`,
    ko: `번호를 매긴 메시지 ${MESSAGES}건을 파티션 ${PARTITIONS}개로 보낸다. 먼저 시드로 뽑은 키 ${KEYS}개 중 하나로, 다음은 키 없이 보내고, 이어서 키 없이 파티션 하나로 보낸다. 소비자 하나가 처리한다. 나중에 보낸 메시지가 먼저 처리되면 늦은 메시지이다.`,
  },
  how: allKafka({
    en: 'The partitioner of kafkajs: the hash of the key, or in turn (round robin).',
    ko: 'kafkajs의 파티셔너: 키의 해시, 또는 번갈아(라운드 로빈).',
  }),
  notOffered: { rabbitmq: NO_PARTITIONS, redis: NO_PARTITIONS, activemq: NO_PARTITIONS, sqs: NO_PARTITIONS },
  run: allKafka(async (client: Client, lab: Lab) => {
    const drawn = Array.from({ length: MESSAGES }, () => `key-${Math.floor(lab.random() * KEYS)}`);
    const byHash = await spread(client, PARTITIONS, drawn);
    const inTurn = await spread(client, PARTITIONS, lab.sabotaged ? drawn.map(() => 'key') : []);
    const one = await spread(client, 1, []);
    return {
      lateInKey: byHash.lateInKey,
      hashFullest: byHash.fullest,
      late: inTurn.late,
      turnFullest: inTurn.fullest,
      lateInOne: one.late,
    };
  }),
  judge: ({ lateInKey = 0, hashFullest = 0, late = 0, turnFullest = 0, lateInOne = 0 }) => {
    const figure = {
      en: `late: ${late} without keys, ${lateInKey} within a key, ${lateInOne} in one partition; the fullest partition has ${turnFullest} without keys, ${hashFullest} with them`,
      ko: `늦음: 키 없이 ${late}, 키 안에서 ${lateInKey}, 파티션 하나에서 ${lateInOne}. 가장 찬 파티션은 키 없이 ${turnFullest}건, 키가 있으면 ${hashFullest}건`,
    };
    if (late === 0)
      return { verdict: 'holds', figure, reason: { en: 'No message was late.', ko: '늦은 메시지가 없었다.' } };
    if (lateInOne === 0 && lateInKey === 0)
      return {
        verdict: 'holds if',
        figure,
        reason: { en: '… the topic has one partition.', ko: '… 토픽의 파티션이 하나인 경우.' },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: {
        en: 'They overtake each other also in one partition, or within a key.',
        ko: '파티션 하나나 키 안에서도 서로 앞지른다.',
      },
    };
  },
  sabotage: {
    what: { en: 'All of them have the same key.', ko: '모두 같은 키를 가진다.' },
  },
  chart: {
    title: { en: `Messages that were late, of ${MESSAGES}`, ko: `늦은 메시지, ${MESSAGES}건 중` },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'late', label: { en: 'without keys, in turn', ko: '키 없이 번갈아' } },
      { value: 'lateInKey', label: { en: 'within a key, by its hash', ko: '키 안에서, 해시로' } },
      { value: 'lateInOne', label: { en: 'one partition', ko: '파티션 하나' } },
    ],
  },
};

/** @param keys of the messages; those beyond its end have none */
async function spread(client: Client, partitions: number, keys: readonly string[]): Promise<Spread> {
  const queue = await client.create({ partitions });
  for (let from = 0; from < MESSAGES; from += SENT_TOGETHER) {
    const numbers = Array.from({ length: SENT_TOGETHER }, (_, n) => from + n);
    await queue.send(numbers.map((n) => ({ key: keys[n], body: String(n) })));
  }
  const handled = await readAll(queue, MESSAGES, {}, PATIENCE_MS);
  if (handled.length < MESSAGES) throw new Error(`${handled.length} of ${MESSAGES} messages came`);
  const numbers = handled.map(({ body }) => Number(body));
  const inPartitions = [...Map.groupBy(handled, ({ partition }) => partition).values()];
  return {
    late: late(numbers),
    lateInKey: lateInKeys(numbers, (n) => keys[n]),
    fullest: Math.max(...inPartitions.map(({ length }) => length)),
  };
}
