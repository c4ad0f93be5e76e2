import { ConsumerProcess } from '../harness/consumer-process.ts';
import { everywhere } from '../harness/experiment.ts';
import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { ACKNOWLEDGED_AFTER } from '../harness/crash-experiment.ts';
import { collectEffects } from '../harness/effects.ts';
import { late } from '../harness/late.ts';
import { ProducerProcess } from '../harness/producer-process.ts';
import type { Client } from '../systems/system.ts';

const MESSAGES = { full: 10_000, quick: 1_000 } as const;
const BATCH = 10;
/** Each kill is somewhere in such a part of the messages; the consumer's is among those that are certainly sent by then. */
const KILLS = { consumer: [0.05, 0.15], producer: [0.2, 0.3], broker: [0.5, 0.7] } as const;

export const experiment: Experiment = {
  claim: {
    en: 'What was confirmed survives a crash of the producer, the consumer and the broker.',
    ko: '확인된 메시지는 생산자, 소비자, 브로커의 크래시를 견딘다.',
  },
  tooSimple: {
    en: 'It survives if the broker has written it before it confirms, and the consumer acknowledges after its work. Then some messages come twice: what the producer had not seen confirmed it sends again, and what the consumer had not acknowledged is delivered again, later than what follows. And a kill is not a power cut: what the operating system has not written yet is still there.',
    ko: '브로커가 기록한 뒤에 확인하고 소비자가 작업 뒤에 확인할 때 견딘다. 대신 일부 메시지는 두 번 온다. 생산자는 확인을 보지 못한 것을 다시 보내고, 소비자가 확인하지 않은 것은 뒤의 메시지보다 늦게 다시 전달된다. 또한 kill은 정전이 아니다. 운영체제가 아직 디스크에 쓰지 않은 것도 남아 있다.',
  },
  method: {
    en: `A producer sends ${MESSAGES.full.toLocaleString('en')} numbered messages (--quick: ${MESSAGES.quick.toLocaleString('en')}) in confirmed batches of ${BATCH}, a consumer adds a line to a file for each. In the middle of it SIGKILL ends the producer, the consumer before its work on a message, and the broker; the seed draws when. The broker is started again on its data, then producer and consumer, as a supervisor does; a new producer goes on behind the last confirmed message. Lost: confirmed, and no line. Out of order: the first line comes behind that of a higher number.`,
    ko: `생산자가 번호를 매긴 메시지 ${MESSAGES.full.toLocaleString('en')}건(--quick: ${MESSAGES.quick.toLocaleString('en')}건)을 ${BATCH}건씩 확인받으며 보내고, 소비자는 건마다 파일에 한 줄을 쓴다. 도중에 생산자, 어떤 메시지의 작업 직전의 소비자, 브로커를 SIGKILL로 종료한다. 시점은 시드가 정한다. 브로커를 같은 데이터로 다시 시작하고, 이어서 감독 프로세스처럼 생산자와 소비자를 다시 시작한다. 새 생산자는 마지막으로 확인된 메시지 다음부터 보낸다. 확인되었으나 줄이 없으면 유실이다. 첫 줄이 더 큰 번호의 줄보다 뒤에 오면 순서가 어긋난 것이다.`,
  },
  how: ACKNOWLEDGED_AFTER,
  killsBroker: true,
  run: everywhere(runWithKills),
  judge: ({ sent = 0, lost = 0, twice = 0, late = 0 }) => {
    const figure = {
      en: `${lost} lost, ${twice} twice, ${late} out of order, of ${sent.toLocaleString('en')}`,
      ko: `${sent.toLocaleString('en')}건 중 유실 ${lost}, 중복 ${twice}, 순서 어긋남 ${late}`,
    };
    return lost === 0
      ? {
          verdict: 'holds',
          figure,
          reason: { en: 'Everything confirmed was handled.', ko: '확인된 메시지는 모두 처리되었다.' },
        }
      : {
          verdict: 'does not hold',
          figure,
          reason: { en: 'Confirmed messages were not handled.', ko: '확인된 메시지가 처리되지 않았다.' },
        };
  },
  sabotage: {
    what: { en: 'The consumer acknowledges before its work.', ko: '소비자가 작업 전에 확인한다.' },
  },
  chart: {
    title: { en: 'After three crashes', ko: '세 번의 크래시 뒤' },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'lost', label: { en: 'lost', ko: '유실' } },
      { value: 'twice', label: { en: 'twice', ko: '중복' } },
      { value: 'late', label: { en: 'out of order', ko: '순서 어긋남' } },
    ],
  },
};

async function runWithKills(client: Client, lab: Lab): Promise<Seen> {
  const sent = lab.quick ? MESSAGES.quick : MESSAGES.full;
  const drawn = ([from, to]: readonly [number, number]): number =>
    Math.round(sent * (from + lab.random() * (to - from)));
  const killAt = { producer: drawn(KILLS.producer), consumer: drawn(KILLS.consumer), broker: drawn(KILLS.broker) };

  const effects = collectEffects(lab);
  const { name: queue } = await client.create();
  const consume = (crashAt?: number): ConsumerProcess =>
    new ConsumerProcess(lab, {
      queue,
      consume: { acknowledge: lab.sabotaged ? 'before' : 'after' },
      handler: 'work',
      effects: effects.file,
      ...(crashAt !== undefined && { crash: { atMessage: crashAt, point: 'before the work' } }),
    });
  let confirmedBelow = 0;
  const produceBelow = async (number: number): Promise<ProducerProcess> => {
    const producer = new ProducerProcess(lab, { queue, from: confirmedBelow, to: sent, batch: BATCH });
    await producer.until(number);
    return producer;
  };
  const kill = async (producer: ProducerProcess): Promise<void> => {
    await producer.kill();
    ({ confirmedBelow } = producer);
  };

  const first = consume(killAt.consumer);
  await kill(await produceBelow(killAt.producer));
  await first.ended();
  const second = consume();
  await second.hasBegun(1);

  const interrupted = await produceBelow(killAt.broker);
  await lab.broker!.kill();
  await kill(interrupted);
  await second.kill();
  await lab.broker!.start();
  const last = consume();
  await kill(await produceBelow(sent));
  if (confirmedBelow < sent) throw new Error(`only ${confirmedBelow} messages were confirmed`);
  await last.untilQuiet(String(sent - 1));

  const lines = effects.lines().map(Number);
  const firsts = [...new Set(lines)];
  return { sent, lost: sent - firsts.length, twice: lines.length - firsts.length, late: late(firsts) };
}
