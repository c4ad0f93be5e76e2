import { percentile } from '../../bench/harness/statistics.ts';
import type { CountingProxy } from '../harness/counting-proxy.ts';
import { allKafka } from '../harness/experiment.ts';
import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { connectProducer } from '../harness/kafka-cluster.ts';
import { everywhereThroughProxy } from '../harness/through-proxy.ts';
import type { KafkaClient } from '../systems/kafka.ts';
import type { RabbitClient } from '../systems/rabbitmq.ts';

const BYTES = 100;
const BATCH = 100;
const BATCHES = { full: 200, quick: 10 } as const;
/** A broker has to refuse these. */
const REFUSED = 10;
const MAX_BYTES = 1_000;

/** What a sender asks for: nothing, that one broker has it, that all copies that are in sync have it. */
const LEVELS = { none: 0, one: 1, all: -1 } as const;
type Level = keyof typeof LEVELS;

/** How a system sends a batch at a level, and one message that it refuses. */
interface Ways {
  readonly levels: readonly Level[];
  send(level: Level, bodies: readonly string[]): Promise<void>;
  sendRefused(level: Level): Promise<void>;
}

const throughProxy = everywhereThroughProxy(async (client, proxy, lab) => {
  const ways =
    lab.system === 'rabbitmq'
      ? await waysOfRabbit(client as RabbitClient)
      : await waysOfKafka(client as KafkaClient, lab);
  return measure(ways, proxy, lab);
});

export const experiment: Experiment = {
  claim: {
    en: 'A sender that asks for no confirmation loses messages without knowing it.',
    ko: '확인을 요청하지 않는 발신자는 모르는 사이에 메시지를 잃는다.',
  },
  tooSimple: {
    en: 'It is also the fastest, as it has no round trip at all, and for measured values that may be right. What a confirmation says is another matter: that one broker has written it (acks=1), that all copies in sync have it (acks=all, which with one broker is the same), or that it is on the disk, which Apache Kafka leaves to the operating system and log-broker does before it answers.',
    ko: '왕복이 전혀 없으므로 가장 빠르기도 하며, 측정값 같은 데이터에는 알맞을 수 있다. 확인이 무엇을 뜻하는지는 다른 문제이다. 브로커 하나가 썼다는 뜻(acks=1), 동기화된 복제본이 모두 가졌다는 뜻(acks=all, 브로커가 하나면 같다), 디스크에 있다는 뜻일 수 있다. 디스크 동기화를 Apache Kafka는 운영체제에 맡기고, log-broker는 응답하기 전에 한다.',
  },
  method: {
    en: `${BATCHES.full} batches of ${BATCH} messages of ${BYTES} B (--quick: ${BATCHES.quick}) for each level of confirmation, the next batch when the last one is confirmed, or handed to the socket; a proxy counts round trips. Then ${REFUSED} messages that the broker has to refuse, one by one: counted is how many refusals the sender was told.`,
    ko: `확인 수준마다 ${BYTES}B 메시지 ${BATCH}건 배치를 ${BATCHES.full}번 보낸다(--quick: ${BATCHES.quick}번). 앞의 배치가 확인되거나 소켓에 넘겨지면 다음을 보내며, 프록시가 왕복을 센다. 이어서 브로커가 거부해야 하는 메시지 ${REFUSED}건을 하나씩 보내고, 발신자가 거부를 몇 번 통보받는지 센다.`,
  },
  how: {
    ...allKafka({
      en: 'acks 0, 1 and all, one partition, one broker. Refused: above the max.message.bytes of the topic.',
      ko: 'acks 0, 1, all, 파티션 하나, 브로커 하나. 거부: 토픽의 max.message.bytes 초과.',
    }),
    rabbitmq: {
      en: 'A channel without and one with publisher confirms. Refused: the queue is full and has overflow=reject-publish.',
      ko: '발행자 확인이 없는 채널과 있는 채널. 거부: 가득 찬 큐, overflow=reject-publish.',
    },
  },
  notOffered: {
    redis: { en: 'every command has an answer', ko: '모든 명령에 응답이 있다' },
    activemq: {
      en: 'its driver in the lab waits for each disposition',
      ko: '랩의 드라이버는 매번 disposition을 기다린다',
    },
    sqs: { en: 'every request has an answer', ko: '모든 요청에 응답이 있다' },
  },
  run: {
    'log-broker': throughProxy['log-broker'],
    kafka: throughProxy.kafka,
    'kafka-zookeeper': throughProxy['kafka-zookeeper'],
    rabbitmq: throughProxy.rabbitmq,
  },
  judge: ({
    toldNone = 0,
    toldAll = 0,
    rateNone = 0,
    rateAll = 0,
    p99None = 0,
    p99All = 0,
    tripsNone = 0,
    ...rest
  }) => {
    const { tripsAll = 0, rateOne, p99One } = rest;
    const [one, oneP99] = rateOne === undefined ? ['', ''] : [`, ${text(rateOne)}`, `, ${p99One}`];
    const figure = {
      en: `told ${toldNone} of ${REFUSED} refusals without, ${toldAll} with confirmation; round trips for 1,000 messages ${tripsNone} and ${tripsAll}; ${text(rateNone)}${one}, ${text(rateAll)} a second, p99 of a batch ${p99None}${oneP99}, ${p99All} ms`,
      ko: `거부 ${REFUSED}건 중 확인 없이 ${toldNone}건, 확인으로 ${toldAll}건 통보. 1,000건에 왕복 ${tripsNone}번과 ${tripsAll}번. 초당 ${text(rateNone)}${one}, ${text(rateAll)}건, 배치의 p99 ${p99None}${oneP99}, ${p99All}ms`,
    };
    return toldNone === 0 && toldAll === REFUSED
      ? {
          verdict: 'holds',
          figure,
          reason: { en: 'No refusal reaches it.', ko: '거부가 전달되지 않는다.' },
        }
      : {
          verdict: 'does not hold',
          figure,
          reason: { en: 'It is told of refusals.', ko: '거부를 통보받는다.' },
        };
  },
  sabotage: {
    what: { en: 'A confirmation is asked for each time.', ko: '매번 확인을 요청한다.' },
  },
  chart: {
    title: { en: 'Messages a second by level of confirmation', ko: '확인 수준별 초당 메시지' },
    unit: { en: 'messages, batches of 100', ko: '건, 100건 배치' },
    bars: [
      { value: 'rateNone', label: { en: 'none', ko: '없음' } },
      { value: 'rateOne', label: { en: 'acks=1', ko: 'acks=1' } },
      { value: 'rateAll', label: { en: 'acks=all, confirm', ko: 'acks=all, confirm' } },
    ],
  },
};

async function measure(ways: Ways, proxy: CountingProxy, lab: Lab): Promise<Seen> {
  const seen: Record<string, number> = {};
  const bodies = Array.from({ length: BATCH }, (_, n) => String(n).padEnd(BYTES, '.'));
  const batches = lab.quick ? BATCHES.quick : BATCHES.full;
  for (const named of ways.levels) {
    const level = lab.sabotaged ? 'all' : named;
    const suffix = `${named[0]!.toUpperCase()}${named.slice(1)}`;
    await ways.send(level, bodies);
    const tookMs: number[] = [];
    const startedAt = performance.now();
    const { roundTrips } = await proxy.count(async () => {
      for (let n = 0; n < batches; n++) {
        const sentAt = performance.now();
        await ways.send(level, bodies);
        tookMs.push(performance.now() - sentAt);
      }
    });
    seen[`rate${suffix}`] = Math.round((batches * BATCH * 1_000) / (performance.now() - startedAt));
    seen[`p99${suffix}`] = Math.round(percentile(tookMs, 99) * 10) / 10;
    seen[`trips${suffix}`] = Math.round((roundTrips * 1_000) / (batches * BATCH));
    let told = 0;
    for (let n = 0; n < REFUSED; n++) await ways.sendRefused(level).catch(() => told++);
    seen[`told${suffix}`] = told;
  }
  return seen;
}

async function waysOfKafka(client: KafkaClient, lab: Lab): Promise<Ways> {
  const topic = await client.createTopic({ settings: { 'max.message.bytes': String(BATCH * MAX_BYTES) } });
  const producer = await connectProducer(client, lab, { retries: 2 });
  const send = async (level: Level, bodies: readonly string[]): Promise<void> => {
    await producer.send({ topic, acks: LEVELS[level], messages: bodies.map((value) => ({ value })) });
  };
  return {
    levels: ['none', 'one', 'all'],
    send,
    sendRefused: async (level) => send(level, ['.'.repeat(2 * BATCH * MAX_BYTES)]),
  };
}

async function waysOfRabbit(client: RabbitClient): Promise<Ways> {
  const { name } = await client.create();
  // It has room for nothing, and refuses what is sent to it.
  const full = await client.createWith({ 'x-max-length': 0, 'x-overflow': 'reject-publish' });
  const unconfirmed = await client.openChannel();
  const sendTo = async (queue: string, level: Level, bodies: readonly string[]): Promise<void> => {
    const channel = level === 'none' ? unconfirmed : client.channel;
    let hasRoom = true;
    for (const body of bodies) hasRoom = channel.sendToQueue(queue, Buffer.from(body), { persistent: true });
    if (level !== 'none') await client.untilConfirmed();
    else if (!hasRoom) await new Promise((resolve) => channel.once('drain', resolve));
  };
  return {
    levels: ['none', 'all'],
    send: async (level, bodies) => sendTo(name, level, bodies),
    sendRefused: async (level) => sendTo(full.name, level, ['.']),
  };
}

function text(count: number): string {
  return count.toLocaleString('en');
}
