import { allKafka } from '../harness/experiment.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { Collector } from '../harness/collect.ts';
import type { CountingProxy } from '../harness/counting-proxy.ts';
import { everywhereThroughProxy } from '../harness/through-proxy.ts';
import type { Client } from '../systems/system.ts';

const MESSAGES = { full: 1_000, quick: 100 } as const;
const SMALL_BYTES = 100;
const LARGE_BYTES = 1_000;
const SABOTAGED_BYTES = 10;
const BATCH = 100;
/** A message crosses the wire twice, sent and delivered; so much of these bytes counts as little. */
const LITTLE = 0.5;

export const experiment: Experiment = {
  claim: {
    en: 'The protocol of a broker adds little to a message.',
    ko: '브로커의 프로토콜이 메시지에 더하는 양은 적다.',
  },
  tooSimple: {
    en: 'The overhead belongs to the request, not to the message. It is little when messages are large or travel together, and more than the message where small ones are sent, confirmed and acknowledged one by one. HTTP repeats its headers every time.',
    ko: '오버헤드는 메시지가 아니라 요청에 붙는다. 메시지가 크거나 함께 움직이면 적고, 작은 메시지를 하나씩 보내고 확인하면 대부분이 오버헤드이다. HTTP는 매번 헤더를 반복한다.',
  },
  method: {
    en: `${MESSAGES.full.toLocaleString('en')} messages of ${SMALL_BYTES} B and of ${LARGE_BYTES} B are sent through a proxy that counts bytes: each confirmed before the next, then ${BATCH} at a time. Then they are delivered and acknowledged one by one. What is more than the bodies, each counted once sent and once delivered, is overhead. Of TCP the content is counted, not its headers. Little is less than half of the ${LARGE_BYTES} B bodies.`,
    ko: `${SMALL_BYTES}B와 ${LARGE_BYTES}B 메시지 ${MESSAGES.full.toLocaleString('en')}건을 바이트를 세는 프록시를 거쳐 보낸다. 먼저 하나씩 확인받고 다음을 보내고, 다음에는 ${BATCH}건씩 보낸다. 그 뒤 하나씩 전달하고 확인한다. 보낼 때 한 번, 전달할 때 한 번 센 본문을 넘는 것이 오버헤드이다. TCP는 내용만 세고 헤더는 세지 않는다. ${LARGE_BYTES}B 본문의 절반보다 적으면 적은 것으로 본다.`,
  },
  how: {
    ...allKafka({
      en: 'acks=all, no compression; the offset is committed after each message.',
      ko: 'acks=all, 압축 없음. 메시지마다 오프셋을 커밋한다.',
    }),
    rabbitmq: {
      en: 'AMQP 0-9-1, persistent, publisher confirms; prefetch 100, one ack each.',
      ko: 'AMQP 0-9-1, persistent, 발행자 확인. prefetch 100, 하나씩 ack.',
    },
    redis: {
      en: 'XADD, in batches pipelined; XREADGROUP COUNT 100, one XACK each.',
      ko: 'XADD, 여러 건은 파이프라인. XREADGROUP COUNT 100, 하나씩 XACK.',
    },
    activemq: {
      en: 'AMQP 1.0, durable; credit 100, one disposition each.',
      ko: 'AMQP 1.0, durable. 크레딧 100, 하나씩 disposition.',
    },
    sqs: {
      en: 'HTTP and JSON; a batch is 10 messages; one DeleteMessage each.',
      ko: 'HTTP와 JSON. 배치는 메시지 10건. 하나씩 DeleteMessage.',
    },
  },
  run: everywhereThroughProxy(async (client, proxy, lab) => {
    const small = await overhead(client, proxy, lab, SMALL_BYTES);
    const large = await overhead(client, proxy, lab, lab.sabotaged ? SABOTAGED_BYTES : LARGE_BYTES);
    return {
      small: small.batches,
      smallOneByOne: small.single,
      large: large.batches,
      largeOneByOne: large.single,
      bytes: large.bytes,
    };
  }),
  judge: ({ small = 0, smallOneByOne = 0, large = 0, largeOneByOne = 0, bytes = 0 }) => {
    const figure = {
      en: `${smallOneByOne} B added to ${SMALL_BYTES} B, ${small} B in batches; to ${bytes} B ${largeOneByOne} and ${large} B`,
      ko: `${SMALL_BYTES}B에 ${smallOneByOne}B, 배치로는 ${small}B 추가. ${bytes}B에는 ${largeOneByOne}B와 ${large}B`,
    };
    const isLittle = (added: number): boolean => added < 2 * bytes * LITTLE;
    if (isLittle(largeOneByOne))
      return {
        verdict: 'holds if',
        figure,
        reason: { en: '… the message is not small.', ko: '… 메시지가 작지 않은 경우.' },
      };
    if (isLittle(large))
      return {
        verdict: 'holds if',
        figure,
        reason: {
          en: '… messages are not small and are sent in batches.',
          ko: '… 메시지가 작지 않고 배치로 보내는 경우.',
        },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'The protocol is more than half of the message.', ko: '프로토콜이 메시지의 절반을 넘는다.' },
    };
  },
  sabotage: {
    what: { en: `The large message has ${SABOTAGED_BYTES} B.`, ko: `큰 메시지를 ${SABOTAGED_BYTES}B로 한다.` },
    without: ['sqs'],
  },
  chart: {
    title: { en: 'Bytes added to a message, sent and delivered', ko: '보내고 전달하는 메시지에 더해진 바이트' },
    unit: { en: 'bytes', ko: '바이트' },
    bars: [
      { value: 'smallOneByOne', label: { en: `${SMALL_BYTES} B, one by one`, ko: `${SMALL_BYTES}B, 하나씩` } },
      { value: 'small', label: { en: `${SMALL_BYTES} B, batches`, ko: `${SMALL_BYTES}B, 배치` } },
      { value: 'largeOneByOne', label: { en: `${LARGE_BYTES} B, one by one`, ko: `${LARGE_BYTES}B, 하나씩` } },
      { value: 'large', label: { en: `${LARGE_BYTES} B, batches`, ko: `${LARGE_BYTES}B, 배치` } },
    ],
  },
};

/** Bytes beside the body, of a message that is sent and delivered. */
async function overhead(
  client: Client,
  proxy: CountingProxy,
  lab: Lab,
  bytes: number,
): Promise<{ single: number; batches: number; bytes: number }> {
  const count = lab.quick ? MESSAGES.quick : MESSAGES.full;
  const messages = Array.from({ length: count }, (_, n) => ({ key: undefined, body: String(n).padEnd(bytes, '.') }));
  const queue = await client.create();
  const send = async (batch: number): Promise<number> => {
    const sent = await proxy.count(async () => {
      for (let at = 0; at < count; at += batch) await queue.send(messages.slice(at, at + batch));
    });
    return sent.bytes;
  };
  const single = await send(1);
  const delivery = await proxy.count(async () => {
    const delivered = new Collector();
    const consumer = await queue.consume({ acknowledge: 'after', prefetch: BATCH }, async ({ body }) => {
      delivered.add(body);
      return 'done';
    });
    await delivered.untilAll(count);
    await consumer.stop();
  });
  const batches = await send(BATCH);
  const added = (sent: number): number => Math.round((sent + delivery.bytes) / count) - 2 * bytes;
  return { single: added(single), batches: added(batches), bytes };
}
