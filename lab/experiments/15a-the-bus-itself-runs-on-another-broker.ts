import { loadDriver } from '@event-bus/messaging-client';
import type { ConnectKafka } from '@event-bus/messaging-client';
import { kafkaDriverContract } from '@event-bus/messaging-client/testing';
import { Logger } from '@nestjs/common';
import { changeBatches } from '../../packages/messaging-client/test/change-batches.ts';
import { allKafka, isKafka, WITHOUT_DRIVER } from '../harness/experiment.ts';
import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import type { KafkaClient } from '../systems/kafka.ts';

export const experiment: Experiment = {
  claim: {
    en: 'The bus itself runs on another broker.',
    ko: '버스 자체를 다른 브로커 위에서 실행할 수 있다.',
  },
  tooSimple: {
    en:
      'The bus needs a log: a position for each record, reading again, one reader for each partition, a committed position for each group. RabbitMQ has streams for the log and, over AMQP, ' +
      'nothing for the rest, so the driver makes it. It reads back what it writes, as a confirm has no position. Members greet each other and lock partitions by exclusive queues. ' +
      'A committed offset is a queue of length one. The end of a partition, or a time in it, is found by reading all of it up to a marker. Two guarantees cannot be made. The producer is not idempotent: a record whose confirm was lost is stored twice. A commit has no generation: one that is under way when its partition ' +
      'moves is not refused, and a group may read some records again. In both cases the inbox drops the repetition, because it goes by the id of the event. To carry both, RabbitMQ’s stream protocol ' +
      '(publishing ids, server-side offsets, single active consumer from 3.11) would have to replace AMQP; the interface of the client would stay as it is.',
    ko:
      '버스에는 로그가 필요하다. 레코드마다 위치가 있어야 하고, 다시 읽을 수 있어야 하며, 파티션마다 소비자가 하나여야 하고, 그룹마다 커밋된 위치가 있어야 한다. RabbitMQ는 로그로 스트림을 제공하지만 AMQP로는 나머지를 제공하지 않는다. ' +
      '그래서 드라이버가 만든다. 확인(confirm)에는 위치가 없으므로 쓴 것을 다시 읽는다. 멤버는 서로 알리고 배타 큐로 파티션을 잠근다. 커밋된 오프셋은 길이 1인 큐이다. ' +
      '파티션의 끝이나 어떤 시각의 위치는 표식을 쓰고 거기까지 모두 읽어 찾는다. 두 가지는 보장할 수 없다. 생산자가 멱등이 아니어서 확인을 잃은 레코드는 두 번 저장된다. 커밋에 세대가 없어서 파티션이 옮겨지는 순간의 커밋을 거부하지 못하고, ' +
      '그룹이 일부 레코드를 다시 읽을 수 있다. 두 경우 모두 인박스가 이벤트 id로 반복을 걸러 낸다. 둘 다 보장하려면 AMQP 대신 RabbitMQ의 스트림 프로토콜(발행 id, 서버 측 오프셋, 3.11부터의 단일 활성 소비자)을 써야 한다. 클라이언트의 인터페이스는 그대로다.',
  },
  method: {
    en: 'The contract that messaging-client publishes for its drivers (`kafkaDriverContract`) is run: topics, ranges, offsets by time, places and order of records, partitions of keys, rejected topics, committed positions, one member for each partition. On RabbitMQ by a driver of the lab, on the others by kafkajs.',
    ko: 'messaging-client가 드라이버를 위해 공개한 계약(`kafkaDriverContract`)을 실행한다. 토픽, 범위, 시각별 오프셋, 레코드의 위치와 순서, 키의 파티션, 거부된 토픽, 커밋된 위치, 파티션마다 하나의 멤버. RabbitMQ에서는 랩의 드라이버로, 나머지는 kafkajs로 실행한다.',
  },
  how: {
    ...allKafka({ en: 'kafkajs, as services use it.', ko: '서비스가 쓰는 그대로 kafkajs.' }),
    rabbitmq: {
      en: 'lab/drivers/rabbitmq: a stream queue for each partition, publish with confirm, consume with manual ack.',
      ko: 'lab/drivers/rabbitmq: 파티션마다 스트림 큐 하나, 확인을 받는 발행, 수동 ack 소비.',
    },
  },
  notOffered: WITHOUT_DRIVER,
  run: {
    ...allKafka(async (client: KafkaClient, lab: Lab) => {
      const connect = toldOfTopics(await loadDriver(), (topic) => client.deleteAtEnd(topic));
      return proveOn(connect, lab.address.split(','), lab);
    }),
    rabbitmq: async (_, lab) => {
      // Loaded here, since its client is installed by the first `npm run lab`.
      const { connectRabbitmq } = await import('../drivers/rabbitmq/connect-rabbitmq.ts');
      const { Streams } = await import('../drivers/rabbitmq/streams.ts');
      try {
        return await proveOn(connectRabbitmq, [lab.address], lab);
      } finally {
        await Streams.forget(lab.address);
      }
    },
  },
  judge: ({ cases = 0, held = 0 }, system) => {
    const figure = { en: `${held} of ${cases} of the contract`, ko: `계약 ${cases}개 중 ${held}개` };
    if (cases === 0 || held < cases) {
      return {
        verdict: 'does not hold',
        figure,
        reason: { en: 'The contract of the driver is broken.', ko: '드라이버의 계약이 깨진다.' },
      };
    }
    if (isKafka(system)) {
      return { verdict: 'holds', figure, reason: { en: 'It is Kafka’s protocol.', ko: 'Kafka 프로토콜이다.' } };
    }
    return {
      verdict: 'holds if',
      figure,
      reason: {
        en: '… partitions are stream queues, and repetitions are dropped by the inbox.',
        ko: '… 파티션이 스트림 큐이고 인박스가 반복을 걸러 내는 경우.',
      },
    };
  },
  sabotage: {
    what: {
      en: 'A member reports each record one position too early.',
      ko: '멤버가 각 레코드의 위치를 하나 앞당겨 보고한다.',
    },
  },
  chart: {
    title: { en: 'Sentences of the contract that hold', ko: '성립하는 계약 문장' },
    unit: { en: 'sentences', ko: '개' },
    bars: [
      { value: 'held', label: { en: 'held', ko: '성립' } },
      { value: 'cases', label: { en: 'in the contract', ko: '계약 전체' } },
    ],
  },
};

async function proveOn(connect: ConnectKafka, brokers: readonly string[], { sabotaged }: Lab): Promise<Seen> {
  // kafkajs reports each rebalance.
  Logger.overrideLogger(['error']);
  const cases = kafkaDriverContract(sabotaged ? onePlaceEarly(connect) : connect, { brokers });
  let held = 0;
  for (const { run } of cases) {
    try {
      await run();
      held += 1;
    } catch {
      // Counted by what is missing.
    }
  }
  return { cases: cases.length, held };
}

/** The contract leaves its topics, one of which it creates twice. */
function toldOfTopics(connect: ConnectKafka, tell: (topic: string) => void): ConnectKafka {
  const told = new Set<string>();
  return (settings, clientId) => {
    const kafka = connect(settings, clientId);
    return {
      topicAdmin: () => {
        const admin = kafka.topicAdmin();
        const create = admin.create.bind(admin);
        admin.create = async (topics) => {
          for (const { name } of topics) if (!told.has(name)) tell(name);
          for (const { name } of topics) told.add(name);
          await create(topics);
        };
        return admin;
      },
      recordProducer: (partitionsOf) => kafka.recordProducer(partitionsOf),
      groupMember: (group, topics, listener) => kafka.groupMember(group, topics, listener),
    };
  };
}

function onePlaceEarly(connect: ConnectKafka): ConnectKafka {
  return changeBatches(connect, (batch) => ({
    ...batch,
    records: batch.records.map((record) => ({ ...record, offset: String(Number(record.offset) - 1) })),
  }));
}
