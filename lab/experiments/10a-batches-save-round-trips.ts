import { percentile } from '../../bench/harness/statistics.ts';
import type { CountingProxy } from '../harness/counting-proxy.ts';
import type { Experiment, Lab } from '../harness/experiment.ts';
import { everywhereThroughProxy } from '../harness/through-proxy.ts';
import type { Client } from '../systems/system.ts';

const BYTES = 100;
/** How many messages are sent in batches of a size. */
const SIZES = {
  full: { 1: 500, 10: 2_000, 100: 10_000, 1000: 20_000 },
  quick: { 1: 50, 10: 200, 100: 1_000, 1000: 3_000 },
} as const;
const WARM_UP = 10;
/** So many times fewer round trips with batches of 100 count as saved. */
const SAVED = 5;

export const experiment: Experiment = {
  claim: {
    en: 'A high rate comes from batches: messages that are sent together share a round trip.',
    ko: '높은 처리율은 배치에서 나온다. 함께 보낸 메시지는 왕복 한 번을 나누어 쓴다.',
  },
  tooSimple: {
    en: '“100,000 messages a second” is a figure of batches, and of what a confirmation means: received, written to a file, synced to the disk, or on several machines. A sender that waits for each message gets at most one per round trip from any system. What is gained in rate, the first message of a batch waits for.',
    ko: '“초당 10만 건”은 배치로 얻은 수치이며, 확인이 무엇을 뜻하는지에 달려 있다. 받음, 파일에 씀, 디스크에 동기화함, 여러 대에 복제함. 메시지마다 확인을 기다리는 발신자는 어떤 시스템에서도 왕복 한 번에 한 건만 보낼 수 있다. 처리율이 오르는 만큼 배치의 첫 메시지는 기다린다.',
  },
  method: {
    en: `Messages of ${BYTES} B from one client, in batches of 1, 10, 100 and 1,000; each batch is confirmed before the next is sent. A proxy counts how often the connection changes from sending to receiving. Saved: with batches of 100 at least ${SAVED} times fewer round trips for the same number of messages. Rates are of this machine with the proxy and one client, and no comparison of systems, as a confirmation means different things.`,
    ko: `클라이언트 하나가 ${BYTES}B 메시지를 1, 10, 100, 1,000건씩 배치로 보낸다. 배치가 확인된 뒤에 다음 배치를 보낸다. 프록시가 연결이 송신에서 수신으로 바뀌는 횟수를 센다. 100건 배치에서 같은 수의 메시지에 왕복이 ${SAVED}배 이상 적으면 절약한 것이다. 처리율은 프록시를 거친 클라이언트 하나로 이 컴퓨터에서 잰 값이다. 확인의 의미가 달라 시스템끼리 비교할 수 없다.`,
  },
  how: {
    'log-broker': {
      en: 'acks=all: confirmed when it is written and synced to the disk.',
      ko: 'acks=all: 디스크에 쓰고 동기화한 뒤에 확인한다.',
    },
    kafka: {
      en: 'acks=all with one broker: confirmed when it is written; the disk is synced later.',
      ko: '브로커 하나에 acks=all: 쓴 뒤에 확인하고, 디스크 동기화는 나중에 한다.',
    },
    'kafka-zookeeper': {
      en: 'acks=all with one broker: confirmed when it is written; the disk is synced later.',
      ko: '브로커 하나에 acks=all: 쓴 뒤에 확인하고, 디스크 동기화는 나중에 한다.',
    },
    rabbitmq: {
      en: 'Persistent messages, publisher confirms: confirmed when they are written; a batch is sent before its first confirm comes.',
      ko: 'persistent 메시지, 발행자 확인: 쓴 뒤에 확인한다. 첫 확인이 오기 전에 배치를 모두 보낸다.',
    },
    redis: {
      en: 'XADD, pipelined: what the answer means is up to appendfsync of the server.',
      ko: '파이프라인 XADD: 응답의 의미는 서버의 appendfsync에 달려 있다.',
    },
    activemq: {
      en: 'AMQP 1.0, durable: accepted when it is in the journal.',
      ko: 'AMQP 1.0, durable: 저널에 쓴 뒤에 accept.',
    },
    sqs: {
      en: 'SendMessageBatch: a request has 10 messages at most.',
      ko: 'SendMessageBatch: 요청 하나에 최대 10건.',
    },
  },
  run: everywhereThroughProxy(async (client, proxy, lab) => {
    const seen: Record<string, number> = {};
    for (const [size, count] of Object.entries(SIZES[lab.quick ? 'quick' : 'full'])) {
      const { perThousand, rate, p99 } = await sendIn(client, proxy, lab, { size: Number(size), count });
      seen[`trips${size}`] = perThousand;
      seen[`rate${size}`] = rate;
      seen[`p99of${size}`] = p99;
    }
    return seen;
  }),
  judge: ({ trips1 = 0, trips100 = 0, rate1 = 0, rate100 = 0, rate1000 = 0, p99of1 = 0, p99of1000 = 0 }) => {
    const figure = {
      en: `${trips1} round trips for 1,000 messages, ${trips100} in batches of 100; ${perSecond(rate1)}, ${perSecond(rate100)}, ${perSecond(rate1000)} a second by 1, 100, 1,000; p99 ${p99of1} and ${p99of1000} ms`,
      ko: `1,000건에 왕복 ${trips1}번, 100건 배치로는 ${trips100}번. 1, 100, 1,000건씩 초당 ${perSecond(rate1)}, ${perSecond(rate100)}, ${perSecond(rate1000)}건. p99 ${p99of1}, ${p99of1000}ms`,
    };
    return trips100 * SAVED <= trips1
      ? {
          verdict: 'holds',
          figure,
          reason: { en: 'A batch takes few round trips.', ko: '배치는 왕복이 적다.' },
        }
      : {
          verdict: 'does not hold',
          figure,
          reason: { en: 'Each message has a round trip of its own.', ko: '메시지마다 왕복이 따로 든다.' },
        };
  },
  sabotage: {
    what: {
      en: 'Each message of a batch is confirmed before the next.',
      ko: '배치의 메시지를 하나씩 확인받고 다음을 보낸다.',
    },
  },
  chart: {
    title: { en: 'Round trips for 1,000 messages', ko: '1,000건에 필요한 왕복' },
    unit: { en: 'round trips', ko: '번' },
    bars: [1, 10, 100, 1000].map((size) => ({
      value: `trips${size}`,
      label: { en: `by ${size.toLocaleString('en')}`, ko: `${size.toLocaleString('en')}건씩` },
    })),
  },
};

async function sendIn(
  client: Client,
  proxy: CountingProxy,
  lab: Lab,
  { size, count }: { readonly size: number; readonly count: number },
): Promise<{ perThousand: number; rate: number; p99: number }> {
  const queue = await client.create();
  const messages = Array.from({ length: count }, (_, n) => ({ key: undefined, body: String(n).padEnd(BYTES, '.') }));
  const together = lab.sabotaged ? 1 : size;
  for (let n = 0; n < WARM_UP; n++) await queue.send(messages.slice(0, together));
  const tookMs: number[] = [];
  const startedAt = performance.now();
  const { roundTrips } = await proxy.count(async () => {
    for (let at = 0; at < count; at += together) {
      const sentAt = performance.now();
      await queue.send(messages.slice(at, at + together));
      tookMs.push(performance.now() - sentAt);
    }
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    perThousand: Math.round((roundTrips * 1_000) / count),
    rate: Math.round(count / seconds),
    p99: Math.round(percentile(tookMs, 99) * 10) / 10,
  };
}

function perSecond(rate: number): string {
  return rate.toLocaleString('en');
}
