import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { connectProducer, KafkaCluster, NO_CLUSTER } from '../harness/kafka-cluster.ts';
import type { KafkaClient } from '../systems/kafka.ts';

const BATCH = 10;
const BATCHES = { full: 100, quick: 10 } as const;
/** One on each broker, with one copy: what is sent needs no other broker. */
const PARTITIONS = 3;
/** The servers of an ensemble of three. */
const LOST_SERVERS = [2, 3] as const;
/** Longer than any session lasts, so that a refusal is final. */
const PATIENCE_MS = { accepted: 15_000, refused: 20_000 } as const;
const REQUEST_TIMEOUT_MS = 5_000;

export const experiment: Experiment = {
  claim: {
    en: 'Messages flow on when those that keep the metadata have lost their majority.',
    ko: '메타데이터를 보관하는 쪽이 과반을 잃어도 메시지는 계속 흐른다.',
  },
  tooSimple: {
    en: 'They do on every partition whose leader runs, as brokers and clients know the leaders. Nothing can be changed meanwhile: no topic is created, no lost leader is replaced, no broker comes back. With ZooKeeper these are two outages of two clusters. With KRaft a process that is broker and controller takes both with it, so larger clusters run the controllers as processes of their own.',
    ko: '브로커와 클라이언트가 리더를 알고 있으므로, 리더가 살아 있는 파티션에서는 계속 흐른다. 그동안 아무것도 바꿀 수 없다. 토픽이 생성되지 않고, 잃은 리더가 대체되지 않으며, 브로커가 돌아올 수 없다. ZooKeeper에서는 두 클러스터의 서로 다른 장애이다. KRaft에서 브로커이자 컨트롤러인 프로세스를 잃으면 둘 다 잃으므로, 큰 클러스터는 컨트롤러를 별도 프로세스로 실행한다.',
  },
  method: {
    en: `A topic of ${PARTITIONS} partitions with one copy on each of three brokers. Two of the three that keep the metadata end by SIGKILL. Then ${BATCHES.full} batches of ${BATCH} (--quick: ${BATCHES.quick}) are sent to a partition whose leader runs, and a topic is to be created, tried for ${PATIENCE_MS.refused / 1_000} s. The two are started again: timed is how long it takes from then until a topic is created.`,
    ko: `브로커 세 개에 복제본이 하나인 파티션 ${PARTITIONS}개의 토픽이 있다. 메타데이터를 보관하는 셋 중 둘을 SIGKILL로 종료한다. 이어서 리더가 살아 있는 파티션에 ${BATCH}건씩 ${BATCHES.full}배치(--quick: ${BATCHES.quick})를 보내고, 토픽 생성을 ${PATIENCE_MS.refused / 1_000}초 동안 시도한다. 둘을 다시 시작하고 토픽이 생성될 때까지의 시간을 잰다.`,
  },
  how: {
    kafka: {
      en: 'KRaft: two of three processes that are brokers and controllers.',
      ko: 'KRaft: 브로커이자 컨트롤러인 프로세스 셋 중 둘.',
    },
    'kafka-zookeeper': {
      en: 'Two of the three servers of a ZooKeeper ensemble; all brokers run on.',
      ko: 'ZooKeeper 앙상블의 서버 셋 중 둘. 브로커는 모두 계속 실행된다.',
    },
  },
  notOffered: NO_CLUSTER,
  needsCluster: true,
  needsEnsemble: true,
  run: { kafka: loseMajority, 'kafka-zookeeper': loseMajority },
  judge: ({ sent = 0, accepted = 0, created = 0, againMs = 0 }) => {
    const figure = {
      en: `${accepted} of ${sent} accepted, ${created} topics created; a topic again ${(againMs / 1_000).toFixed(1)} s after they are back`,
      ko: `${sent}건 중 ${accepted}건 수락, 토픽 ${created}개 생성. 복귀 ${(againMs / 1_000).toFixed(1)}초 뒤 다시 생성`,
    };
    if (accepted < sent)
      return {
        verdict: 'does not hold',
        figure,
        reason: { en: 'Nobody elects another leader.', ko: '다른 리더가 선출되지 않는다.' },
      };
    return created === 0
      ? {
          verdict: 'holds if',
          figure,
          reason: { en: '… nothing has to be changed.', ko: '… 아무것도 바꿀 필요가 없는 경우.' },
        }
      : { verdict: 'holds', figure, reason: { en: 'And topics are created.', ko: '토픽도 생성된다.' } };
  },
  sabotage: {
    what: {
      en: 'The messages go to a partition whose leader is lost, too.',
      ko: '리더도 잃은 파티션에 메시지를 보낸다.',
    },
  },
  chart: {
    title: { en: 'Without a majority', ko: '과반이 없을 때' },
    unit: { en: 'messages, topics', ko: '건, 개' },
    bars: [
      { value: 'sent', label: { en: 'messages sent', ko: '보낸 메시지' } },
      { value: 'accepted', label: { en: 'messages accepted', ko: '수락된 메시지' } },
      { value: 'created', label: { en: 'topics created', ko: '생성된 토픽' } },
    ],
  },
};

async function loseMajority(client: KafkaClient, lab: Lab): Promise<Seen> {
  const cluster = await KafkaCluster.of(client, lab);
  const topic = await client.createTopic({ partitions: PARTITIONS });
  const partitions = await cluster.untilInSync(topic, 1);
  const producer = await connectProducer(client, lab, { retries: 0 });
  const [, lost, alsoLost] = cluster.ids as [number, number, number];
  const leaderLost = partitions.findIndex(({ leader }) => leader === lost);
  const partition = lab.sabotaged
    ? leaderLost
    : partitions.findIndex(({ leader }) => ![lost, alsoLost].includes(leader));

  // With KRaft the brokers are the controllers.
  const { ensemble = cluster } = lab;
  const down = ensemble === cluster ? [lost, alsoLost] : [...LOST_SERVERS];
  const startAgain = async (): Promise<void> => {
    await Promise.all(down.splice(0).map(async (id) => ensemble.start(id)));
  };
  lab.closeAtEnd(startAgain);
  for (const id of down) await ensemble.kill(id);
  if (ensemble !== cluster && lab.sabotaged) await cluster.kill(lost);

  const seen = { sent: 0, accepted: 0, created: 0, againMs: 0 };
  const messages = Array.from({ length: BATCH }, (_, n) => ({ partition, value: String(n) }));
  for (let n = 0; n < (lab.quick ? BATCHES.quick : BATCHES.full); n++) {
    seen.sent += BATCH;
    const isAccepted = await cluster.until(
      async () => producer.send({ topic, acks: -1, timeout: REQUEST_TIMEOUT_MS, messages }).then(() => true),
      PATIENCE_MS.accepted,
    );
    if (!isAccepted) break;
    seen.accepted += BATCH;
  }
  const create = async (): Promise<boolean> => cluster.createTopic({}).then(() => true);
  if (await cluster.until(create, PATIENCE_MS.refused)) seen.created++;
  const startedAt = performance.now();
  await startAgain();
  if (!(await cluster.until(create))) throw new Error('no topic could be created after they are back');
  seen.againMs = Math.round(performance.now() - startedAt);
  return seen;
}
