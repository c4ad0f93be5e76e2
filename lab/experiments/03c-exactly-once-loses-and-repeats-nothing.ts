import { allKafka, everywhere } from '../harness/experiment.ts';
import type { Experiment } from '../harness/experiment.ts';
import { runWithCrashes } from '../harness/crash-run.ts';

export const experiment: Experiment = {
  claim: {
    en: 'Exactly once: every message has its effect once.',
    ko: '정확히 한 번: 모든 메시지의 효과가 한 번만 나타난다.',
  },
  tooSimple: {
    en: 'No broker can promise it for an effect outside of it. It takes delivery at least once and a consumer that remembers what it has done, in the same place and the same moment as the effect. The transactions of Kafka and the deduplication of SQS FIFO end at the edge of the broker.',
    ko: '브로커 밖의 효과에 대해서는 어떤 브로커도 약속할 수 없다. 최소 한 번 전달과, 한 일을 효과와 같은 곳에 같은 순간에 기억하는 소비자가 필요하다. Kafka의 트랜잭션과 SQS FIFO의 중복 제거는 브로커의 경계에서 끝난다.',
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
    ...(await runWithCrashes(client, lab, { acknowledge: 'after', remembers: !lab.sabotaged })),
  })),
  judge: ({ sent = 0, lost = 0, twice = 0 }) => {
    const figure = { en: `${lost} lost, ${twice} twice, of ${sent}`, ko: `${sent}건 중 유실 ${lost}, 중복 ${twice}` };
    if (lost === 0 && twice === 0)
      return {
        verdict: 'holds if',
        figure,
        reason: { en: '… the consumer remembers what it has done.', ko: '… 소비자가 한 일을 기억하는 경우.' },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'A crash repeats or loses work.', ko: '크래시로 작업이 반복되거나 유실되었다.' },
    };
  },
  sabotage: {
    what: { en: 'The consumer does not remember what it has done.', ko: '소비자가 한 일을 기억하지 않는다.' },
  },
  chart: {
    title: { en: 'Lost and handled twice', ko: '유실과 중복 처리' },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'lost', label: { en: 'lost', ko: '유실' } },
      { value: 'twice', label: { en: 'twice', ko: '중복' } },
    ],
  },
};
