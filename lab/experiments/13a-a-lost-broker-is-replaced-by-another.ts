import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { KafkaCluster, NO_CLUSTER } from '../harness/kafka-cluster.ts';
import type { KafkaClient } from '../systems/kafka.ts';

const PARTITIONS = { full: 120, quick: 30 } as const;
const REPLICAS = 3;
/** The copies that the brokers can have which are left. */
const REPLICAS_AFTER = 2;
/** Many times the session time-out, on a busy machine, too: a partition that has no leader by then gets none. */
const PATIENCE_MS = 60_000;

export const experiment: Experiment = {
  claim: {
    en: 'When a broker is lost, another one leads its partitions.',
    ko: '브로커 하나를 잃으면 다른 브로커가 그 파티션의 리더가 된다.',
  },
  tooSimple: {
    en: 'It does if it has a copy, and after the broker was silent for a time that is set: most of the outage is this time-out, and not the election. Whether the metadata are in ZooKeeper or in a log that the controllers keep themselves (KRaft) changes how many changes a second are possible and how soon a new controller knows them all; clients do not see which it is. ZooKeeper is one more cluster to run, and Kafka 4 has none.',
    ko: '복제본이 있고, 정해 둔 시간 동안 브로커의 응답이 없을 때 그렇게 된다. 중단 시간의 대부분은 선출이 아니라 이 타임아웃이다. 메타데이터가 ZooKeeper에 있는지 컨트롤러가 직접 관리하는 로그(KRaft)에 있는지에 따라 초당 가능한 변경 수와 새 컨트롤러가 전체를 파악하는 시간이 달라지지만, 클라이언트에는 차이가 보이지 않는다. ZooKeeper는 운영할 클러스터가 하나 더 늘어나는 것이며, Kafka 4에는 없다.',
  },
  method: {
    en: `Three brokers, a topic of ${PARTITIONS.full} partitions with ${REPLICAS} copies of each (--quick: ${PARTITIONS.quick}). One broker after the other ends by SIGKILL, so that one of them is the controller, and is started again (--quick: one broker only). Timed is how long it takes until each partition has a leader that is not the lost one, and the creation of a topic of as many partitions with ${REPLICAS_AFTER} copies, before and right after. The worst counts.`,
    ko: `브로커 세 개, 파티션 ${PARTITIONS.full}개에 복제본이 ${REPLICAS}개인 토픽(--quick: ${PARTITIONS.quick}개). 브로커를 하나씩 SIGKILL로 종료하고 다시 시작하므로 그중 하나는 컨트롤러이다(--quick: 한 브로커만). 모든 파티션의 리더가 잃은 브로커가 아닐 때까지 걸린 시간과, 파티션 수가 같고 복제본이 ${REPLICAS_AFTER}개인 토픽을 앞뒤로 만드는 시간을 잰다. 가장 느린 값을 쓴다.`,
  },
  how: {
    kafka: {
      en: 'KRaft: three processes that are brokers and controllers.',
      ko: 'KRaft: 브로커이자 컨트롤러인 프로세스 세 개.',
    },
    'kafka-zookeeper': { en: 'Three brokers and one ZooKeeper.', ko: '브로커 세 개와 ZooKeeper 하나.' },
  },
  notOffered: NO_CLUSTER,
  needsCluster: true,
  run: { kafka: loseEach, 'kafka-zookeeper': loseEach },
  judge: ({ lost = 0, replaced = 0, leaderMs = 0, timeoutMs = 0, createMs = 0, createAfterMs = 0 }) => {
    const [leader, timeout] = [leaderMs, timeoutMs].map((ms) => (ms / 1_000).toFixed(1));
    return replaced === lost
      ? {
          verdict: 'holds',
          figure: {
            en: `leaders after ${leader} s, with a session time-out of ${timeout} s; a topic created in ${createMs} ms, right after a loss in ${createAfterMs} ms`,
            ko: `리더는 ${leader}초 뒤, 세션 타임아웃 ${timeout}초. 토픽 생성 ${createMs}ms, 브로커를 잃은 직후 ${createAfterMs}ms`,
          },
          reason: { en: 'All partitions have a leader again.', ko: '모든 파티션에 다시 리더가 있다.' },
        }
      : {
          verdict: 'does not hold',
          figure: {
            en: `${replaced} of ${lost} lost brokers replaced`,
            ko: `잃은 브로커 ${lost}개 중 ${replaced}개 대체`,
          },
          reason: {
            en: 'Partitions without another copy have no leader.',
            ko: '다른 복제본이 없는 파티션에는 리더가 없다.',
          },
        };
  },
  sabotage: { what: { en: 'One copy of each partition.', ko: '파티션마다 복제본 하나.' } },
  chart: {
    title: { en: 'Time until it goes on', ko: '다시 진행될 때까지의 시간' },
    unit: { en: 'ms', ko: 'ms' },
    bars: [
      { value: 'leaderMs', label: { en: 'leaders after a loss', ko: '리더 교체' } },
      { value: 'timeoutMs', label: { en: 'session time-out', ko: '세션 타임아웃' } },
      { value: 'createMs', label: { en: 'topic created', ko: '토픽 생성' } },
      { value: 'createAfterMs', label: { en: 'created after a loss', ko: '잃은 직후 생성' } },
    ],
  },
};

async function loseEach(client: KafkaClient, lab: Lab): Promise<Seen> {
  const cluster = await KafkaCluster.of(client, lab);
  const partitions = lab.quick ? PARTITIONS.quick : PARTITIONS.full;
  const replicas = lab.sabotaged ? 1 : REPLICAS;
  const topic = await client.createTopic({ partitions, replicas });
  const create = async (): Promise<number> =>
    timed(async () => {
      const isCreated = await cluster.until(async () =>
        cluster.createTopic({ partitions, replicas: REPLICAS_AFTER }).then(() => true),
      );
      if (!isCreated) throw new Error('no topic could be created');
    });
  const createMs = await create();
  const seen = { lost: 0, replaced: 0, leaderMs: 0, timeoutMs: cluster.sessionTimeoutMs, createMs, createAfterMs: 0 };
  for (const id of lab.quick ? cluster.ids.slice(0, 1) : cluster.ids) {
    await cluster.untilInSync(topic, replicas);
    await cluster.kill(id);
    seen.lost++;
    let isReplaced = false;
    const leaderMs = await timed(async () => {
      isReplaced = await cluster.until(
        async () => (await cluster.partitions(topic)).every(({ leader }) => leader !== id && leader !== -1),
        PATIENCE_MS,
      );
    });
    if (!isReplaced) break;
    seen.replaced++;
    seen.leaderMs = Math.max(seen.leaderMs, leaderMs);
    seen.createAfterMs = Math.max(seen.createAfterMs, await create());
    await cluster.start(id);
  }
  return seen;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return Math.round(performance.now() - startedAt);
}
