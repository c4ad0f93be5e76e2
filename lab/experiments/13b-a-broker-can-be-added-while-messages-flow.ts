import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { CONFIRMED_ARE_GONE, connectProducer, KafkaCluster, NO_CLUSTER } from '../harness/kafka-cluster.ts';
import type { KafkaClient } from '../systems/kafka.ts';

const PARTITIONS = 12;
const REPLICAS = 2;
/** A fair share of four brokers. */
const MOVED = 3;
const BYTES = 1_000;
const BATCH = 50;
/** So many wait when the broker comes, and have to be copied. */
const BEFORE = { full: 20_000, quick: 2_000 } as const;

export const experiment: Experiment = {
  claim: {
    en: 'A broker can be added while messages flow.',
    ko: '메시지가 흐르는 동안 브로커를 추가할 수 있다.',
  },
  tooSimple: {
    en: 'It can, but it gets no work by itself: new topics may be placed on it, and partitions that are there have to be moved. What is moved is copied over the network first, beside the load that made the broker necessary.',
    ko: '추가할 수 있지만 저절로 일을 맡지는 않는다. 새 토픽은 배치될 수 있고, 이미 있는 파티션은 옮겨야 한다. 옮기는 데이터는 먼저 네트워크로 복사되며, 브로커를 추가하게 만든 부하와 함께 흐른다.',
  },
  method: {
    en: `${BEFORE.full.toLocaleString('en')} messages of ${BYTES / 1_000} KB (--quick: ${BEFORE.quick.toLocaleString('en')}) are in ${PARTITIONS} partitions with ${REPLICAS} copies on three brokers, and a producer goes on sending confirmed batches of ${BATCH}. A fourth broker is started, its partitions are counted, and ${MOVED} partitions are moved to it, which it leads then. Everything is read at the end. Lost: confirmed and not read.`,
    ko: `브로커 세 개에 복제본 ${REPLICAS}개인 파티션 ${PARTITIONS}개가 있고 ${BYTES / 1_000}KB 메시지 ${BEFORE.full.toLocaleString('en')}건(--quick: ${BEFORE.quick.toLocaleString('en')}건)이 들어 있다. 생산자는 ${BATCH}건씩 확인받으며 계속 보낸다. 네 번째 브로커를 시작해 파티션 수를 세고, 파티션 ${MOVED}개를 옮겨 그 브로커가 리더가 되게 한다. 끝에 모두 읽는다. 확인되었으나 읽히지 않으면 유실이다.`,
  },
  how: {
    kafka: { en: 'KRaft: the new process is a broker only.', ko: 'KRaft: 새 프로세스는 브로커 역할만 한다.' },
    'kafka-zookeeper': {
      en: 'The new broker registers itself in ZooKeeper.',
      ko: '새 브로커가 ZooKeeper에 스스로 등록한다.',
    },
  },
  notOffered: NO_CLUSTER,
  needsCluster: true,
  run: { kafka: addBroker, 'kafka-zookeeper': addBroker },
  judge: ({ byItself = 0, moved = 0, lost = 0, sent = 0, moveMs = 0, longestMs = 0 }) => {
    const figure = {
      en: `${byItself} partitions by itself, ${moved} moved in ${(moveMs / 1_000).toFixed(1)} s; ${lost} of ${sent.toLocaleString('en')} lost; longest wait for a confirmation ${longestMs} ms`,
      ko: `저절로 맡은 파티션 ${byItself}개, ${(moveMs / 1_000).toFixed(1)}초에 ${moved}개 이동. ${sent.toLocaleString('en')}건 중 유실 ${lost}. 가장 긴 확인 대기 ${longestMs}ms`,
    };
    if (lost > 0) return { verdict: 'does not hold', figure, reason: CONFIRMED_ARE_GONE };
    if (byItself + moved === 0)
      return {
        verdict: 'does not hold',
        figure,
        reason: { en: 'It has nothing to do.', ko: '하는 일이 없다.' },
      };
    return byItself > 0
      ? { verdict: 'holds', figure, reason: { en: 'It takes its share.', ko: '제 몫을 맡는다.' } }
      : { verdict: 'holds if', figure, reason: { en: '… partitions are moved to it.', ko: '… 파티션을 옮긴 경우.' } };
  },
  sabotage: { what: { en: 'No partition is moved.', ko: '파티션을 옮기지 않는다.' } },
  chart: {
    title: { en: 'Partitions that the new broker leads', ko: '새 브로커가 리더인 파티션' },
    unit: { en: 'partitions', ko: '개' },
    bars: [
      { value: 'byItself', label: { en: 'by itself', ko: '저절로' } },
      { value: 'moved', label: { en: 'moved', ko: '이동' } },
    ],
  },
};

async function addBroker(client: KafkaClient, lab: Lab): Promise<Seen> {
  const cluster = await KafkaCluster.of(client, lab);
  const topic = await client.createTopic({ partitions: PARTITIONS, replicas: REPLICAS });
  const producer = await connectProducer(client, lab);
  let sent = 0;
  let longestMs = 0;
  const sendBatch = async (): Promise<void> => {
    const startedAt = performance.now();
    // To one partition: when kafkajs tries a batch for several brokers again, it loses what a changed leader takes over.
    const partition = (sent / BATCH) % PARTITIONS;
    const messages = Array.from({ length: BATCH }, (_, n) => ({
      partition,
      value: String(sent + n).padEnd(BYTES, ' '),
    }));
    await producer.send({ topic, acks: -1, messages });
    sent += BATCH;
    longestMs = Math.max(longestMs, Math.round(performance.now() - startedAt));
  };
  while (sent < (lab.quick ? BEFORE.quick : BEFORE.full)) await sendBatch();

  const added = new AbortController();
  longestMs = 0;
  const flow = (async () => {
    while (!added.signal.aborted) await sendBatch();
  })();
  // Seen where it is awaited; until then no rejection may be without a listener.
  flow.catch(() => {});
  const result = { byItself: 0, moved: 0, moveMs: 0 };
  try {
    const id = await cluster.add(lab);
    // A start takes processor time from the others, which may lose a leader for a moment.
    const partitions = await cluster.untilInSync(topic, REPLICAS);
    result.byItself = partitions.filter(({ leader }) => leader === id).length;
    if (!lab.sabotaged) {
      const before = partitions.slice(0, MOVED);
      // Not to the leader that it has, so that the new broker leads.
      const to = before.map(({ leader, replicas }) => [id, ...replicas.filter((replica) => replica !== leader)]);
      const startedAt = performance.now();
      await cluster.move(topic, new Map(to.entries()));
      result.moveMs = Math.round(performance.now() - startedAt);
      result.moved = to.length;
      // The new broker ends with the experiment, and its partitions are not to end with it.
      lab.closeAtEnd(async () => cluster.move(topic, new Map(before.map(({ replicas }, n) => [n, replicas]))));
    }
  } finally {
    added.abort();
    await flow;
  }
  const read = new Set(await cluster.readAll(topic));
  return { ...result, sent, lost: sent - read.size, longestMs };
}
