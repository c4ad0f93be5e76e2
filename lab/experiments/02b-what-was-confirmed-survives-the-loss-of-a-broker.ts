import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { CONFIRMED_ARE_GONE, connectProducer, KafkaCluster, NO_CLUSTER } from '../harness/kafka-cluster.ts';
import type { KafkaClient } from '../systems/kafka.ts';

const BATCH = 10;
const BATCHES = { full: 100, quick: 10 } as const;
const REPLICAS = 3;
/** Longer than the cluster takes to notice that a broker is lost, so that a refusal is final. */
const PATIENCE_MS = { accepted: 60_000, refused: 20_000, leader: 15_000 } as const;
const REQUEST_TIMEOUT_MS = 5_000;

export const experiment: Experiment = {
  claim: {
    en: 'What was confirmed survives the loss of brokers, and with one of three lost it goes on.',
    ko: '확인된 메시지는 브로커를 잃어도 남으며, 셋 중 하나를 잃어도 계속 진행된다.',
  },
  tooSimple: {
    en: 'Only if a confirmation means that at least two have it (acks=all and min.insync.replicas=2 of three copies). Then with two lost nothing is accepted any more: it is the sender who waits. A refusal does not mean that the message is not there: it may be, and sending it again then makes two. With acks=1 everything is accepted to the last broker, and what that one alone had is gone when another takes its place.',
    ko: '확인이 두 브로커 이상에 기록되었다는 뜻일 때만 그렇다(복제본 셋, acks=all, min.insync.replicas=2). 대신 둘을 잃으면 아무것도 받지 않으며, 기다리는 쪽은 발신자이다. 거부되었다고 해서 메시지가 없는 것은 아니다. 남아 있을 수 있고, 다시 보내면 두 건이 된다. acks=1이면 마지막 브로커까지 모두 받지만, 다른 브로커가 그 자리를 맡으면 그 브로커에만 있던 메시지는 사라진다.',
  },
  method: {
    en: `Numbered messages in confirmed batches of ${BATCH} to one partition with ${REPLICAS} copies: ${BATCHES.full} batches with three brokers (--quick: ${BATCHES.quick}), as many after one follower was killed by SIGKILL, and one batch after the other follower was, too, tried for ${PATIENCE_MS.refused / 1_000} s. Then the leader is killed, the two others are started, and at last the leader. Everything is read. Lost: confirmed and not read.`,
    ko: `번호를 매긴 메시지를 복제본 ${REPLICAS}개인 파티션 하나에 ${BATCH}건씩 확인받으며 보낸다. 브로커가 셋일 때 ${BATCHES.full}배치(--quick: ${BATCHES.quick}), 팔로워 하나를 SIGKILL로 종료한 뒤 같은 수, 다른 팔로워도 종료한 뒤 한 배치를 ${PATIENCE_MS.refused / 1_000}초 동안 시도한다. 이어서 리더를 종료하고, 나머지 둘을 시작한 다음 마지막으로 리더를 시작해 모두 읽는다. 확인되었으나 읽히지 않으면 유실이다.`,
  },
  how: {
    kafka: { en: 'KRaft: acks=all, min.insync.replicas=2.', ko: 'KRaft: acks=all, min.insync.replicas=2.' },
    'kafka-zookeeper': {
      en: 'With ZooKeeper: acks=all, min.insync.replicas=2.',
      ko: 'ZooKeeper: acks=all, min.insync.replicas=2.',
    },
  },
  notOffered: NO_CLUSTER,
  needsCluster: true,
  run: { kafka: loseTwo, 'kafka-zookeeper': loseTwo },
  judge: ({ each = 0, withOneLost = 0, withTwoLost = 0, lost = 0, twice = 0, stallMs = 0 }) => {
    const figure = {
      en: `accepted with one lost ${withOneLost} of ${each}, with two lost ${withTwoLost}; ${lost} lost, ${twice} twice; the first batch after a loss waited ${(stallMs / 1_000).toFixed(1)} s`,
      ko: `하나를 잃고 ${each}건 중 ${withOneLost}건, 둘을 잃고 ${withTwoLost}건 수락. 유실 ${lost}, 중복 ${twice}. 잃은 뒤 첫 배치의 대기 ${(stallMs / 1_000).toFixed(1)}초`,
    };
    if (lost > 0) return { verdict: 'does not hold', figure, reason: CONFIRMED_ARE_GONE };
    return withOneLost === each
      ? {
          verdict: 'holds',
          figure,
          reason: { en: 'Everything confirmed is there.', ko: '확인된 메시지는 모두 있다.' },
        }
      : {
          verdict: 'does not hold',
          figure,
          reason: { en: 'With one lost it does not go on.', ko: '하나를 잃으면 진행되지 않는다.' },
        };
  },
  sabotage: {
    what: {
      en: 'acks=1, and a broker without all of the messages may lead.',
      ko: 'acks=1이고, 메시지를 모두 갖지 않은 브로커도 리더가 될 수 있다.',
    },
  },
  chart: {
    title: { en: 'Accepted, and lost', ko: '수락과 유실' },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'withOneLost', label: { en: 'accepted, one lost', ko: '하나를 잃고 수락' } },
      { value: 'withTwoLost', label: { en: 'accepted, two lost', ko: '둘을 잃고 수락' } },
      { value: 'lost', label: { en: 'lost', ko: '유실' } },
    ],
  },
};

async function loseTwo(client: KafkaClient, lab: Lab): Promise<Seen> {
  const cluster = await KafkaCluster.of(client, lab);
  const topic = await client.createTopic({
    replicas: REPLICAS,
    settings: {
      'min.insync.replicas': '2',
      'unclean.leader.election.enable': String(lab.sabotaged),
    },
  });
  const { leader, replicas } = (await cluster.untilInSync(topic, REPLICAS))[0]!;
  const [one, other] = replicas.filter((id) => id !== leader) as [number, number];

  const producer = await connectProducer(client, lab, { retries: 0 });
  const confirmed = new Set<string>();
  let next = 0;
  /** Sends a batch again until it is confirmed. Returns how many were. */
  const send = async (patienceMs: number): Promise<number> => {
    const messages = Array.from({ length: BATCH }, () => ({ value: String(next++) }));
    const acks = lab.sabotaged ? 1 : -1;
    const isConfirmed = await cluster.until(
      async () => producer.send({ topic, acks, timeout: REQUEST_TIMEOUT_MS, messages }).then(() => true),
      patienceMs,
    );
    if (isConfirmed) for (const { value } of messages) confirmed.add(value);
    return isConfirmed ? BATCH : 0;
  };
  const sendAll = async (): Promise<number> => {
    let accepted = 0;
    for (let n = 0; n < (lab.quick ? BATCHES.quick : BATCHES.full); n++) {
      const now = await send(PATIENCE_MS.accepted);
      if (now === 0) break;
      accepted += now;
    }
    return accepted;
  };

  const each = await sendAll();
  await cluster.kill(one);
  const startedAt = performance.now();
  let withOneLost = await send(PATIENCE_MS.accepted);
  const stallMs = Math.round(performance.now() - startedAt);
  if (withOneLost > 0) withOneLost = await sendAll();
  await cluster.kill(other);
  const withTwoLost = await send(PATIENCE_MS.refused);

  await cluster.kill(leader);
  await Promise.all([cluster.start(one), cluster.start(other)]);
  // Where the leader alone is in sync, none of the two may lead before it is back.
  await cluster.until(async () => (await cluster.partitions(topic))[0]!.leader !== leader, PATIENCE_MS.leader);
  await cluster.start(leader);
  await cluster.untilInSync(topic, REPLICAS);

  const bodies = await cluster.readAll(topic);
  const read = new Set(bodies);
  return {
    each,
    withOneLost,
    withTwoLost,
    lost: [...confirmed].filter((body) => !read.has(body)).length,
    twice: bodies.length - read.size,
    stallMs,
  };
}
