import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { topics } from '@event-bus/event-catalog';
import { createMissingTopics } from '@event-bus/messaging-client';
import { SERVICES } from '../../tools/stack/services.ts';
import { allKafka, WITHOUT_DRIVER } from '../harness/experiment.ts';
import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { signUp, startServices } from '../harness/own-services.ts';

const SIGN_UPS = { full: 100, quick: 20 } as const;
/** With kills: the bus waits for members that are silent, and the supervisor before it starts one again. */
const PATIENCE_MS = 60_000;
const HOOK = pathToFileURL(join(import.meta.dirname, '..', 'programs', 'bus-on-rabbitmq.ts')).href;

export const experiment: Experiment = {
  claim: {
    en: 'A sign-up reaches its mail over another broker, with the services as they are.',
    ko: '서비스를 그대로 두고 다른 브로커를 거쳐도 가입이 메일까지 도달한다.',
  },
  tooSimple: {
    en: 'A mail may go out twice when the service is killed between sending it and writing that down, with any broker. The outbox, the inbox and the ledger of mails give the guarantees, so a broker that keeps what it confirmed is enough for them. What is missing is around it: dead letters, replay and the lag of a group are read by tools that speak the protocol of Kafka, the console among them, and none of them works here.',
    ko: '메일을 보내고 기록하기 전에 서비스가 종료되면 어떤 브로커에서도 메일이 두 번 갈 수 있다. 보장은 아웃박스, 인박스, 메일 원장이 하므로, 확인한 것을 보관하는 브로커이면 충분하다. 부족한 것은 그 주변이다. 데드 레터, 재생, 그룹의 지연을 보는 도구는 콘솔을 포함해 Kafka 프로토콜을 쓰며, 여기서는 동작하지 않는다.',
  },
  method: {
    en: `All services, built as they are delivered, run with the driver of experiment 15a in the place where messaging-client loads its own. ${SIGN_UPS.full} people sign up one after the other (--quick: ${SIGN_UPS.quick}); after a third of them mail-service is killed by SIGKILL, after two thirds member-service, and each is started again. Counted are the mails at the mail server. Lost: signed up and no welcome mail.`,
    ko: `배포되는 그대로 빌드한 모든 서비스가, messaging-client가 자체 드라이버를 불러오는 자리에 실험 15a의 드라이버를 넣고 실행된다. ${SIGN_UPS.full}명이 차례로 가입한다(--quick: ${SIGN_UPS.quick}). 3분의 1이 지나면 mail-service를, 3분의 2가 지나면 member-service를 SIGKILL로 종료하며, 각각 다시 시작된다. 메일 서버에 온 메일을 센다. 가입했으나 환영 메일이 없으면 유실이다.`,
  },
  how: {
    rabbitmq: {
      en: 'lab/drivers/rabbitmq: a stream queue for each partition, publish with confirm, consume with manual ack.',
      ko: 'lab/drivers/rabbitmq: 파티션마다 스트림 큐 하나, 확인을 받는 발행, 수동 ack 소비.',
    },
  },
  notOffered: {
    ...allKafka({ en: 'it is what the services run on: npm test', ko: '서비스가 원래 실행되는 곳이다: npm test' }),
    ...WITHOUT_DRIVER,
  },
  run: { rabbitmq: async (_, lab) => signUpOverRabbit(lab) },
  judge: ({ signedUp = 0, lost = 0, twice = 0 }) => {
    const figure = {
      en: `${lost} lost, ${twice} twice, of ${signedUp} sign-ups`,
      ko: `가입 ${signedUp}건 중 유실 ${lost}, 중복 ${twice}`,
    };
    return signedUp > 0 && lost === 0
      ? { verdict: 'holds', figure, reason: { en: 'Every mail was sent.', ko: '모든 메일이 발송되었다.' } }
      : { verdict: 'does not hold', figure, reason: { en: 'Mails are missing.', ko: '메일이 빠졌다.' } };
  },
  sabotage: {
    what: { en: 'The driver drops one of five records.', ko: '드라이버가 레코드 다섯 중 하나를 버린다.' },
  },
  chart: {
    title: { en: 'Mails of sign-ups', ko: '가입 메일' },
    unit: { en: 'mails', ko: '통' },
    bars: [
      { value: 'signedUp', label: { en: 'signed up', ko: '가입' } },
      { value: 'lost', label: { en: 'lost', ko: '유실' } },
      { value: 'twice', label: { en: 'twice', ko: '중복' } },
    ],
  },
};

async function signUpOverRabbit(lab: Lab): Promise<Seen> {
  // Loaded here, since its client is installed by the first `npm run lab`.
  const { connectRabbitmq } = await import('../drivers/rabbitmq/connect-rabbitmq.ts');
  const { Streams } = await import('../drivers/rabbitmq/streams.ts');
  lab.closeAtEnd(async () => Streams.forget(lab.address, SERVICES));
  await createMissingTopics(connectRabbitmq({ brokers: [lab.address] }, 'lab'), topics, 1);

  const { stack, sink } = await startServices(lab, {
    leaveOut: ['log-broker'],
    env: {
      NODE_OPTIONS: `--import=${HOOK}`,
      LAB_BUS_URL: lab.address,
      ...(lab.sabotaged && { LAB_BUS_LOSES: 'yes' }),
    },
  });

  const total = lab.quick ? SIGN_UPS.quick : SIGN_UPS.full;
  const kills = new Map([
    [Math.floor(total / 3), 'mail-service'],
    [Math.floor((2 * total) / 3), 'member-service'],
  ]);
  const signedUp = new Set<string>();
  for (let n = 0; n < total; n++) {
    const killed = kills.get(n);
    if (killed !== undefined) {
      await stack.part(killed).kill('SIGKILL');
      await stack.awaitReady();
    }
    const email = `lab-${randomUUID()}@example.com`;
    if (await signUp(stack.url('member-service'), email, PATIENCE_MS)) signedUp.add(email);
  }
  const missing = new Set(signedUp);
  let came = 0;
  while (missing.size > 0) {
    const mails = await sink.receives(1, PATIENCE_MS);
    if (mails.length === 0) break;
    came += mails.length;
    for (const { to } of mails) missing.delete(to);
  }
  const lost = missing.size;
  return { signedUp: signedUp.size, lost, twice: came - (signedUp.size - lost) };
}
