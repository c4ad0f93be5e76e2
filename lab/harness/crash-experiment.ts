import type { Text } from '../basics/text.ts';
import type { ConsumerOptions } from '../programs/consumer-options.ts';
import { runWithCrashes } from './crash-run.ts';
import type { CrashRun } from './crash-run.ts';
import { allKafka, everywhere } from './experiment.ts';
import type { Experiment, Judgement } from './experiment.ts';

/** How each system acknowledges after the work. */
export const ACKNOWLEDGED_AFTER: Experiment['how'] = {
  ...allKafka({ en: 'The offset is committed after the work.', ko: '작업 뒤에 오프셋을 커밋한다.' }),
  rabbitmq: { en: 'Manual ack after the work.', ko: '작업 뒤에 수동 ack.' },
  redis: {
    en: 'XACK after the work; the next consumer claims with XAUTOCLAIM.',
    ko: '작업 뒤에 XACK. 다음 소비자가 XAUTOCLAIM으로 가져온다.',
  },
  sqs: {
    en: 'DeleteMessage after the work; visibility time-out 2 s.',
    ko: '작업 뒤에 DeleteMessage. 가시성 타임아웃 2초.',
  },
  activemq: { en: 'AMQP: accepted after the work.', ko: 'AMQP: 작업 뒤에 accept.' },
};

/** A guarantee of delivery, tried by consumers that are killed: what it promises, and what breaks it. */
export function crashExperiment(guarantee: {
  readonly claim: Text;
  readonly tooSimple: Text;
  readonly how: Experiment['how'];
  readonly consumer: (
    sabotaged: boolean,
  ) => Pick<ConsumerOptions, 'remembers'> & Pick<ConsumerOptions['consume'], 'acknowledge'>;
  readonly judge: (seen: Pick<CrashRun, 'lost' | 'twice'>) => Omit<Judgement, 'figure'>;
  readonly sabotage: Text;
}): Experiment {
  const { claim, tooSimple, how, consumer, judge, sabotage } = guarantee;
  return {
    claim,
    tooSimple,
    method: {
      en: 'A consumer in a process of its own works through the messages and adds a line to a file for each. The first one is killed with SIGKILL before its work on a message, the second after its work on one, the third finishes. Which message it is follows from the seed. Lost: no line; twice: more than one.',
      ko: '별도 프로세스의 소비자가 메시지를 처리하며 건마다 파일에 한 줄을 쓴다. 첫 번째는 어떤 메시지의 작업 전에, 두 번째는 작업 뒤에 SIGKILL로 종료되고, 세 번째가 마무리한다. 어느 메시지인지는 시드가 정한다. 줄이 없으면 유실, 두 줄 이상이면 중복이다.',
    },
    how,
    run: everywhere(async (client, lab) => ({ ...(await runWithCrashes(client, lab, consumer(lab.sabotaged))) })),
    judge: ({ sent = 0, lost = 0, twice = 0 }) => ({
      ...judge({ lost, twice }),
      figure: { en: `${lost} lost, ${twice} twice, of ${sent}`, ko: `${sent}건 중 유실 ${lost}, 중복 ${twice}` },
    }),
    sabotage: { what: sabotage },
    chart: {
      title: { en: 'Lost and handled twice', ko: '유실과 중복 처리' },
      unit: { en: 'messages', ko: '건' },
      bars: [
        { value: 'lost', label: { en: 'lost', ko: '유실' } },
        { value: 'twice', label: { en: 'twice', ko: '중복' } },
      ],
    },
  };
}
