import { allKafka, everywhere } from '../harness/experiment.ts';
import type { Experiment } from '../harness/experiment.ts';
import { readAll } from '../harness/read-all.ts';
import type { ConsumeOptions, Queue } from '../systems/system.ts';

const MESSAGES = 20;

export const experiment: Experiment = {
  claim: {
    en: 'What one reader has processed can be read again by another.',
    ko: '한 소비자가 처리한 메시지를 다른 소비자가 다시 읽을 수 있다.',
  },
  tooSimple: {
    en: 'A queue deletes what is acknowledged; a log keeps it for a time or a size, whoever has read it. Several systems have both.',
    ko: '큐는 확인된 메시지를 삭제하고, 로그는 누가 읽었는지와 관계없이 정해진 시간이나 크기만큼 보관한다. 둘 다 갖춘 시스템도 있다.',
  },
  method: {
    en: `${MESSAGES} messages are handled and acknowledged by one reader. Then a second reader of its own starts at the beginning.`,
    ko: `메시지 ${MESSAGES}건을 한 소비자가 처리하고 확인한다. 그 뒤 독립된 두 번째 소비자가 처음부터 읽는다.`,
  },
  how: {
    ...allKafka({ en: 'A second consumer group, from the first offset.', ko: '두 번째 소비자 그룹, 첫 오프셋부터.' }),
    rabbitmq: {
      en: 'A second consumer of the classic queue, then of a stream queue with `x-stream-offset: first`.',
      ko: '클래식 큐의 두 번째 소비자, 다음은 `x-stream-offset: first`로 읽는 스트림 큐.',
    },
    redis: { en: 'A second group of the stream, from 0.', ko: '스트림의 두 번째 그룹, 0부터.' },
    activemq: { en: 'A second consumer of the queue.', ko: '큐의 두 번째 소비자.' },
    sqs: { en: 'A second consumer of the queue.', ko: '큐의 두 번째 소비자.' },
  },
  run: {
    ...everywhere(async (client, lab) => {
      const again = await readTwice(await client.create(), lab.sabotaged ? {} : { group: 'second' });
      return { plain: again, configured: again };
    }),
    rabbitmq: async (client, lab) => ({
      plain: await readTwice(await client.create(), {}),
      configured: await readTwice(await client.create({ keeps: !lab.sabotaged }), {}),
    }),
  },
  judge: ({ plain = 0, configured = 0 }) => {
    const figure = {
      en: `${Math.max(plain, configured)} of ${MESSAGES} again`,
      ko: `${MESSAGES}건 중 ${Math.max(plain, configured)}건 다시 읽음`,
    };
    if (plain === MESSAGES) return { verdict: 'holds', figure, reason: { en: 'All of them.', ko: '모두 읽었다.' } };
    if (configured === MESSAGES)
      return {
        verdict: 'holds if',
        figure,
        reason: { en: '… the queue is a stream.', ko: '… 큐가 스트림인 경우.' },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'What is acknowledged is deleted.', ko: '확인된 메시지는 삭제된다.' },
    };
  },
  sabotage: {
    what: {
      en: 'The second reader belongs to the group of the first; on RabbitMQ the queue is not a stream.',
      ko: '두 번째 소비자가 첫 번째와 같은 그룹에 속한다. RabbitMQ에서는 큐가 스트림이 아니다.',
    },
    without: ['activemq', 'sqs'],
  },
  chart: {
    title: { en: `Read again, of ${MESSAGES}`, ko: `${MESSAGES}건 중 다시 읽은 메시지` },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'plain', label: { en: 'the usual queue', ko: '기본 큐' } },
      { value: 'configured', label: { en: 'set up for it', ko: '설정한 경우' } },
    ],
  },
};

async function readTwice(queue: Queue, second: Pick<ConsumeOptions, 'group'>): Promise<number> {
  await queue.send(Array.from({ length: MESSAGES }, (_, n) => ({ key: 'key', body: String(n) })));
  const { length: first } = await readAll(queue, MESSAGES);
  if (first !== MESSAGES) throw new Error(`the first reader received ${first} of ${MESSAGES}`);
  return (await readAll(queue, MESSAGES, second)).length;
}
