import { percentile } from '../../bench/harness/statistics.ts';
import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { connectProducer, KafkaCluster, NO_CLUSTER } from '../harness/kafka-cluster.ts';
import type { KafkaClient } from '../systems/kafka.ts';

const BYTES = 100;
const REPLICAS = 3;
const PARTITIONS = 3;
/** Batches on their way at the same time. */
const IN_FLIGHT = 4;
const TARGET = 100_000;
/** How many messages are sent in batches of a size. */
const SIZES = {
  full: { 1: 1_000, 10: 5_000, 100: 50_000, 1000: 200_000 },
  quick: { 1: 200, 10: 1_000, 100: 5_000, 1000: 20_000 },
} as const;
const LEVELS = { None: 0, One: 1, All: -1 } as const;
type Level = keyof typeof LEVELS;
/** So many times faster counts as faster, on a busy machine, too. */
const FASTER = 5;

export const experiment: Experiment = {
  claim: {
    en: 'Batches pay for replication: with all copies confirmed they are faster than single messages that one broker confirms.',
    ko: '배치가 복제의 비용을 상쇄한다. 모든 복제본이 확인한 배치가 브로커 하나가 확인한 단건보다 빠르다.',
  },
  tooSimple: {
    en: '“100,000 messages a second” needs to say how many copies have confirmed them and how long the slowest of a hundred waited. Each message is written three times and crosses the network twice more, which on one machine all comes from the same processors and disk: brokers on machines of their own do more than is seen here.',
    ko: '“초당 10만 건”이라면 복제본 몇 개가 확인했는지, 백 건 중 가장 느린 것이 얼마나 기다렸는지도 말해야 한다. 메시지마다 세 번 쓰고 네트워크를 두 번 더 지난다. 컴퓨터 한 대에서는 모두 같은 프로세서와 디스크를 쓰므로, 브로커마다 컴퓨터가 따로 있으면 여기서 본 것보다 빠르다.',
  },
  method: {
    en: `Messages of ${BYTES} B from one client to ${PARTITIONS} partitions with ${REPLICAS} copies, min.insync.replicas=2: in batches of 1, 10, 100 and 1,000, with acks 0, 1 and all, ${IN_FLIGHT} batches on their way at the same time. The p99 is of a batch, from send to confirmation. Faster: batches of 1,000 with acks=all have at least ${FASTER} times the rate of single messages with acks=1.`,
    ko: `클라이언트 하나가 ${BYTES}B 메시지를 복제본 ${REPLICAS}개인 파티션 ${PARTITIONS}개에 보낸다(min.insync.replicas=2). 1, 10, 100, 1,000건 배치를 acks 0, 1, all로, 동시에 ${IN_FLIGHT}배치씩 보낸다. p99는 배치를 보내서 확인받기까지의 시간이다. acks=all의 1,000건 배치가 acks=1의 단건보다 ${FASTER}배 이상 빠르면 빠른 것이다.`,
  },
  how: {
    kafka: { en: 'KRaft, three brokers on one machine.', ko: 'KRaft, 컴퓨터 한 대에 브로커 세 개.' },
    'kafka-zookeeper': {
      en: 'With ZooKeeper, three brokers on one machine.',
      ko: 'ZooKeeper, 컴퓨터 한 대에 브로커 세 개.',
    },
  },
  notOffered: NO_CLUSTER,
  needsCluster: true,
  run: { kafka: sendToCopies, 'kafka-zookeeper': sendToCopies },
  judge: (seen) => {
    const { rateAll1000 = 0, rateOne1 = 0 } = seen;
    const row = (level: Level, name: 'rate' | 'p99'): string =>
      Object.keys(SIZES.full)
        .map((size) => (seen[`${name}${level}${size}`] ?? 0).toLocaleString('en'))
        .join(', ');
    const best = Math.max(...Object.keys(SIZES.full).map((size) => seen[`rateAll${size}`] ?? 0));
    const figure = {
      en: `${best.toLocaleString('en')} a second of ${TARGET.toLocaleString('en')} with acks=all; by 1, 10, 100, 1,000: acks=all ${row('All', 'rate')} (p99 ${row('All', 'p99')} ms), acks=1 ${row('One', 'rate')} (${row('One', 'p99')} ms), acks=0 ${row('None', 'rate')}`,
      ko: `acks=all로 초당 ${TARGET.toLocaleString('en')}건 중 ${best.toLocaleString('en')}건. 1, 10, 100, 1,000건씩: acks=all ${row('All', 'rate')}(p99 ${row('All', 'p99')}ms), acks=1 ${row('One', 'rate')}(${row('One', 'p99')}ms), acks=0 ${row('None', 'rate')}`,
    };
    return rateAll1000 >= FASTER * rateOne1
      ? {
          verdict: 'holds',
          figure,
          reason: { en: 'A batch is many times faster.', ko: '배치가 여러 배 빠르다.' },
        }
      : {
          verdict: 'does not hold',
          figure,
          reason: { en: 'Each message waits for all copies.', ko: '메시지마다 모든 복제본을 기다린다.' },
        };
  },
  sabotage: { what: { en: 'Each message of a batch is sent alone.', ko: '배치의 메시지를 하나씩 보낸다.' } },
  chart: {
    title: { en: 'Messages a second with three copies, acks=all', ko: '복제본 셋, acks=all일 때 초당 메시지' },
    unit: { en: 'messages', ko: '건' },
    bars: Object.keys(SIZES.full).map((size) => ({
      value: `rateAll${size}`,
      label: { en: `by ${Number(size).toLocaleString('en')}`, ko: `${Number(size).toLocaleString('en')}건씩` },
    })),
  },
};

async function sendToCopies(client: KafkaClient, lab: Lab): Promise<Seen> {
  const cluster = await KafkaCluster.of(client, lab);
  const topic = await client.createTopic({
    partitions: PARTITIONS,
    replicas: REPLICAS,
    settings: { 'min.insync.replicas': '2' },
  });
  await cluster.untilInSync(topic, REPLICAS);
  const producer = await connectProducer(client, lab);

  const seen: Record<string, number> = {};
  const value = '.'.repeat(BYTES);
  for (const [level, acks] of Object.entries(LEVELS)) {
    for (const [size, count] of Object.entries(SIZES[lab.quick ? 'quick' : 'full'])) {
      const together = lab.sabotaged ? 1 : Number(size);
      const wanted = lab.sabotaged ? SIZES.quick[1] : count;
      const tookMs: number[] = [];
      let sent = 0;
      const sendInTurn = async (): Promise<void> => {
        while (sent < wanted) {
          sent += together;
          // A whole batch to one partition, as a producer with a full batch does.
          const partition = tookMs.length % PARTITIONS;
          const messages = Array.from({ length: together }, () => ({ partition, value }));
          const sentAt = performance.now();
          await producer.send({ topic, acks, messages });
          tookMs.push(performance.now() - sentAt);
        }
      };
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: IN_FLIGHT }, sendInTurn));
      seen[`rate${level}${size}`] = Math.round((sent * 1_000) / (performance.now() - startedAt));
      seen[`p99${level}${size}`] = Math.round(percentile(tookMs, 99) * 10) / 10;
    }
  }
  return seen;
}
