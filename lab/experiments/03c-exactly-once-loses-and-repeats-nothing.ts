import { ACKNOWLEDGED_AFTER, crashExperiment } from '../harness/crash-experiment.ts';
import type { Experiment } from '../harness/experiment.ts';

export const experiment: Experiment = crashExperiment({
  claim: {
    en: 'Exactly once: every message has its effect once.',
    ko: '정확히 한 번: 모든 메시지의 효과가 한 번만 나타난다.',
  },
  tooSimple: {
    en: 'No broker can promise it for an effect outside of it. It takes delivery at least once and a consumer that remembers what it has done, in the same place and the same moment as the effect. The transactions of Kafka and the deduplication of SQS FIFO end at the edge of the broker.',
    ko: '브로커 밖의 효과에 대해서는 어떤 브로커도 약속할 수 없다. 최소 한 번 전달과, 한 일을 효과와 같은 곳에 같은 순간에 기억하는 소비자가 필요하다. Kafka의 트랜잭션과 SQS FIFO의 중복 제거는 브로커의 경계에서 끝난다.',
  },
  how: ACKNOWLEDGED_AFTER,
  consumer: (sabotaged) => ({ acknowledge: 'after', remembers: !sabotaged }),
  judge: ({ lost, twice }) =>
    lost === 0 && twice === 0
      ? {
          verdict: 'holds if',
          reason: { en: '… the consumer remembers what it has done.', ko: '… 소비자가 한 일을 기억하는 경우.' },
        }
      : {
          verdict: 'does not hold',
          reason: { en: 'A crash repeats or loses work.', ko: '크래시로 작업이 반복되거나 유실되었다.' },
        },
  sabotage: { en: 'The consumer does not remember what it has done.', ko: '소비자가 한 일을 기억하지 않는다.' },
});
