import { allKafka, everywhere } from '../harness/experiment.ts';
import type { Experiment } from '../harness/experiment.ts';
import { runWithCrashes } from '../harness/crash-run.ts';

export const experiment: Experiment = {
  claim: { en: 'At least once: nothing is lost.', ko: '최소 한 번: 아무것도 잃지 않는다.' },
  tooSimple: {
    en: 'It is not a property of the broker alone. It holds when the acknowledgement follows the work, and its price is that some work is done twice.',
    ko: '브로커만의 성질이 아니다. 작업 뒤에 확인할 때만 성립하며, 그 대가로 일부 작업은 두 번 수행된다.',
  },
  method: {
    en: 'A consumer in a process of its own works through the messages and adds a line to a file for each. The first one is killed with SIGKILL before its work on a message, the second after its work on one, the third finishes. Which message it is follows from the seed. Lost: no line; twice: more than one.',
    ko: '별도 프로세스의 소비자가 메시지를 처리하며 건마다 파일에 한 줄을 쓴다. 첫 번째는 어떤 메시지의 작업 전에, 두 번째는 작업 뒤에 SIGKILL로 종료되고, 세 번째가 마무리한다. 어느 메시지인지는 시드가 정한다. 줄이 없으면 유실, 두 줄 이상이면 중복이다.',
  },
  how: {
    ...allKafka({ en: 'The offset is committed after the work.', ko: '작업 뒤에 오프셋을 커밋한다.' }),
    rabbitmq: { en: 'Manual ack after the work.', ko: '작업 뒤에 수동 ack.' },
    redis: {
      en: 'XACK after the work; the next consumer claims with XAUTOCLAIM.',
      ko: '작업 뒤에 XACK. 다음 소비자가 XAUTOCLAIM으로 가져온다.',
    },
    sqs: {
      en: 'DeleteMessage after the work; visibility time-out 2 s.',
      ko: '작업 뒤에 DeleteMessage. 가시성 시간 초과 2초.',
    },
    activemq: { en: 'AMQP: accepted after the work.', ko: 'AMQP: 작업 뒤에 accept.' },
  },
  run: everywhere(async (client, lab) => ({
    ...(await runWithCrashes(client, lab, { acknowledge: lab.sabotaged ? 'before' : 'after' })),
  })),
  judge: ({ sent = 0, lost = 0, twice = 0 }) => {
    const figure = { en: `${lost} lost, ${twice} twice, of ${sent}`, ko: `${sent}건 중 유실 ${lost}, 중복 ${twice}` };
    if (lost === 0)
      return {
        verdict: 'holds',
        figure,
        reason: { en: 'Every message was handled.', ko: '모든 메시지가 처리되었다.' },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'What was acknowledged before the work is lost.', ko: '작업 전에 확인한 메시지를 잃었다.' },
    };
  },
  sabotage: { what: { en: 'Acknowledged before the work.', ko: '작업 전에 확인한다.' } },
  chart: {
    title: { en: 'Lost and handled twice', ko: '유실과 중복 처리' },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'lost', label: { en: 'lost', ko: '유실' } },
      { value: 'twice', label: { en: 'twice', ko: '중복' } },
    ],
  },
};
