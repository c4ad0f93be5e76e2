import { allKafka } from '../harness/experiment.ts';
import { crashExperiment } from '../harness/crash-experiment.ts';
import type { Experiment } from '../harness/experiment.ts';

export const experiment: Experiment = crashExperiment({
  claim: { en: 'At most once: nothing is handled twice.', ko: '최대 한 번: 아무것도 두 번 처리되지 않는다.' },
  tooSimple: {
    en: 'It is bought with losses, and how many depends on what the broker had handed out: with RabbitMQ noAck everything that is under way to the consumer is lost with it.',
    ko: '유실을 대가로 얻으며, 그 양은 브로커가 미리 내보낸 양에 달려 있다. RabbitMQ의 noAck에서는 소비자에게 가는 중이던 메시지를 모두 잃는다.',
  },
  how: {
    ...allKafka({ en: 'The offset is committed before the work.', ko: '작업 전에 오프셋을 커밋한다.' }),
    rabbitmq: { en: 'noAck: the broker forgets what it sends.', ko: 'noAck: 브로커는 보내는 즉시 잊는다.' },
    redis: { en: 'XREADGROUP with NOACK.', ko: 'NOACK을 붙인 XREADGROUP.' },
    sqs: { en: 'DeleteMessage before the work.', ko: '작업 전에 DeleteMessage.' },
    activemq: { en: 'AMQP: what is sent is settled already.', ko: 'AMQP: 보낼 때 이미 settled 상태다.' },
  },
  consumer: (sabotaged) => ({ acknowledge: sabotaged ? 'after' : 'before' }),
  judge: ({ twice }) =>
    twice > 0
      ? {
          verdict: 'does not hold',
          reason: { en: 'Work was repeated after a crash.', ko: '크래시 뒤에 작업이 반복되었다.' },
        }
      : { verdict: 'holds', reason: { en: 'Nothing came twice.', ko: '중복이 없었다.' } },
  sabotage: { en: 'Acknowledged after the work.', ko: '작업 뒤에 확인한다.' },
});
