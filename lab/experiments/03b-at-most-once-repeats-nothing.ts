import { allKafka, everywhere } from '../harness/experiment.ts';
import type { Experiment } from '../harness/experiment.ts';
import { runWithCrashes } from '../harness/crash-run.ts';

export const experiment: Experiment = {
  claim: { en: 'At most once: nothing is handled twice.', ko: '최대 한 번: 아무것도 두 번 처리되지 않는다.' },
  tooSimple: {
    en: 'It is bought with losses, and how many depends on what the broker had handed out: with RabbitMQ noAck everything that is under way to the consumer is lost with it.',
    ko: '유실을 대가로 얻으며, 그 양은 브로커가 미리 내보낸 양에 달려 있다. RabbitMQ의 noAck에서는 소비자에게 가는 중이던 메시지를 모두 잃는다.',
  },
  method: {
    en: 'A consumer in a process of its own works through the messages and adds a line to a file for each. The first one is killed with SIGKILL before its work on a message, the second after its work on one, the third finishes. Which message it is follows from the seed. Lost: no line; twice: more than one.',
    ko: '별도 프로세스의 소비자가 메시지를 처리하며 건마다 파일에 한 줄을 쓴다. 첫 번째는 어떤 메시지의 작업 전에, 두 번째는 작업 뒤에 SIGKILL로 종료되고, 세 번째가 마무리한다. 어느 메시지인지는 시드가 정한다. 줄이 없으면 유실, 두 줄 이상이면 중복이다.',
  },
  how: {
    ...allKafka({ en: 'The offset is committed before the work.', ko: '작업 전에 오프셋을 커밋한다.' }),
    rabbitmq: { en: 'noAck: the broker forgets what it sends.', ko: 'noAck: 브로커는 보내는 즉시 잊는다.' },
    redis: { en: 'XREADGROUP with NOACK.', ko: 'NOACK을 붙인 XREADGROUP.' },
    sqs: { en: 'DeleteMessage before the work.', ko: '작업 전에 DeleteMessage.' },
    activemq: { en: 'AMQP: what is sent is settled already.', ko: 'AMQP: 보낼 때 이미 settled 상태다.' },
  },
  run: everywhere(async (client, lab) => ({
    ...(await runWithCrashes(client, lab, { acknowledge: lab.sabotaged ? 'after' : 'before' })),
  })),
  judge: ({ sent = 0, lost = 0, twice = 0 }) => {
    const figure = { en: `${lost} lost, ${twice} twice, of ${sent}`, ko: `${sent}건 중 유실 ${lost}, 중복 ${twice}` };
    if (twice > 0)
      return {
        verdict: 'does not hold',
        figure,
        reason: { en: 'Work was repeated after a crash.', ko: '크래시 뒤에 작업이 반복되었다.' },
      };
    return {
      verdict: 'holds',
      figure,
      reason: { en: 'Nothing came twice.', ko: '중복이 없었다.' },
    };
  },
  sabotage: { what: { en: 'Acknowledged after the work.', ko: '작업 뒤에 확인한다.' } },
  chart: {
    title: { en: 'Lost and handled twice', ko: '유실과 중복 처리' },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'lost', label: { en: 'lost', ko: '유실' } },
      { value: 'twice', label: { en: 'twice', ko: '중복' } },
    ],
  },
};
