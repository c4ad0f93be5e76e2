import { ACKNOWLEDGED_AFTER, crashExperiment } from '../harness/crash-experiment.ts';
import type { Experiment } from '../harness/experiment.ts';

export const experiment: Experiment = crashExperiment({
  claim: { en: 'At least once: nothing is lost.', ko: '최소 한 번: 아무것도 잃지 않는다.' },
  tooSimple: {
    en: 'It is not a property of the broker alone. It holds when the acknowledgement follows the work, and its price is that some work is done twice.',
    ko: '브로커만의 성질이 아니다. 작업 뒤에 확인할 때만 성립하며, 그 대가로 일부 작업은 두 번 수행된다.',
  },
  how: ACKNOWLEDGED_AFTER,
  consumer: (sabotaged) => ({ acknowledge: sabotaged ? 'before' : 'after' }),
  judge: ({ lost }) =>
    lost === 0
      ? { verdict: 'holds', reason: { en: 'Every message was handled.', ko: '모든 메시지가 처리되었다.' } }
      : {
          verdict: 'does not hold',
          reason: { en: 'What was acknowledged before the work is lost.', ko: '작업 전에 확인한 메시지를 잃었다.' },
        },
  sabotage: { en: 'Acknowledged before the work.', ko: '작업 전에 확인한다.' },
});
