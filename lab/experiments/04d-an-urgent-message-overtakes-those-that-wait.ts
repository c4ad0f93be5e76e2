import { setTimeout as delay } from 'node:timers/promises';
import { PATIENCE_MS } from '../basics/limits.ts';
import { Collector } from '../harness/collect.ts';
import { allKafka, everywhere } from '../harness/experiment.ts';
import type { Experiment } from '../harness/experiment.ts';
import type { ActiveMqClient } from '../systems/activemq.ts';
import type { RabbitClient } from '../systems/rabbitmq.ts';
import type { Queue } from '../systems/system.ts';

const WAITING = 100;
const WORK_MS = 20;
/** So many are handled before the urgent one is sent. */
const BEFORE = 10;
const PRIORITY = 9;
const URGENT = 'urgent';
/** It overtakes when fewer than this part of those that wait come first. */
const OVERTAKEN = 0.5;

export const experiment: Experiment = {
  claim: {
    en: 'An urgent message overtakes those that wait.',
    ko: '급한 메시지는 기다리는 메시지를 앞지른다.',
  },
  tooSimple: {
    en: 'RabbitMQ has priorities, in classic queues that are created with them, and two in each quorum queue from 4.0 on; ActiveMQ has them where its policy says `prioritizedMessages`. A log has an order and no priorities: what is urgent gets a topic and a consumer of its own, and so the same in any system. What a consumer was handed ahead is not overtaken, and where urgent messages never end, the others starve.',
    ko: 'RabbitMQ의 우선순위는 그렇게 만든 클래식 큐에만 있고, 4.0부터 쿼럼 큐에는 두 단계가 있다. ActiveMQ에서는 정책에 `prioritizedMessages`가 있어야 한다. 로그에는 순서만 있고 우선순위는 없다. 급한 것은 별도의 토픽과 소비자를 쓰며, 이는 어느 시스템에서나 같다. 소비자가 미리 받은 메시지는 앞지르지 못하고, 급한 메시지가 끊이지 않으면 나머지는 처리되지 못한다.',
  },
  method: {
    en: `${WAITING} messages wait, each takes ${WORK_MS} ms. When ${BEFORE} of them are handled, an urgent one is sent. Counted is how many are handled before it: once in the same queue, with a priority where the system has a field for it, then in the way that the system offers. It overtakes when fewer than half come first.`,
    ko: `메시지 ${WAITING}건이 기다리고, 하나에 ${WORK_MS}ms가 걸린다. ${BEFORE}건이 처리되면 급한 메시지를 보낸다. 급한 메시지보다 먼저 처리된 수를 센다. 처음에는 같은 큐에서(우선순위 필드가 있으면 지정하고), 다음에는 시스템이 제공하는 방법으로 실행한다. 먼저 처리된 것이 절반보다 적으면 앞지른 것이다.`,
  },
  how: {
    ...allKafka({
      en: 'The same topic; then a topic with a consumer of its own.',
      ko: '같은 토픽. 다음은 별도의 토픽과 소비자.',
    }),
    rabbitmq: {
      en: `Priority ${PRIORITY} in a usual queue; then in one with \`x-max-priority\`. Prefetch 1.`,
      ko: `기본 큐에서 우선순위 ${PRIORITY}. 다음은 \`x-max-priority\`가 있는 큐. prefetch 1.`,
    },
    redis: {
      en: 'The same stream; then a stream with a consumer of its own.',
      ko: '같은 스트림. 다음은 별도의 스트림과 소비자.',
    },
    activemq: {
      en: `Priority ${PRIORITY} in a queue, for which the broker has no \`prioritizedMessages\`; then a queue with a consumer of its own.`,
      ko: `브로커에 \`prioritizedMessages\`가 없는 큐에서 우선순위 ${PRIORITY}. 다음은 별도의 큐와 소비자.`,
    },
    sqs: { en: 'The same queue; then a queue with a consumer of its own.', ko: '같은 큐. 다음은 별도의 큐와 소비자.' },
  },
  run: {
    ...everywhere(async (client, lab) => ({
      plain: await overtakenBy(await client.create(), sendUrgent),
      configured: await overtakenBy(
        await client.create(),
        sendUrgent,
        lab.sabotaged ? undefined : await client.create(),
      ),
    })),
    rabbitmq: async (client: RabbitClient, lab) => {
      const send = async ({ name }: Queue): Promise<void> => {
        client.channel.sendToQueue(name, Buffer.from(URGENT), { persistent: true, priority: PRIORITY });
        await client.untilConfirmed();
      };
      const prioritized = await client.createWith(lab.sabotaged ? {} : { 'x-max-priority': PRIORITY });
      return {
        plain: await overtakenBy(await client.create(), send),
        configured: await overtakenBy(prioritized, send),
      };
    },
    activemq: async (client: ActiveMqClient, lab) => {
      const send = async ({ name }: Queue): Promise<void> =>
        client.publish(name, [{ body: URGENT, priority: PRIORITY }]);
      return {
        plain: await overtakenBy(await client.create(), send),
        configured: await overtakenBy(await client.create(), send, lab.sabotaged ? undefined : await client.create()),
      };
    },
  },
  judge: ({ plain = 0, configured = 0 }, system) => {
    const waited = WAITING - BEFORE;
    const figure = {
      en: `${configured} of ${waited} came first, ${plain} in the usual queue`,
      ko: `${waited}건 중 ${configured}건이 먼저 처리됨. 기본 큐에서는 ${plain}건`,
    };
    if (plain < waited * OVERTAKEN)
      return { verdict: 'holds', figure, reason: { en: 'It is handled next.', ko: '바로 다음에 처리된다.' } };
    if (configured < waited * OVERTAKEN)
      return {
        verdict: 'holds if',
        figure,
        reason:
          system === 'rabbitmq'
            ? { en: '… the queue was created with priorities.', ko: '… 우선순위가 있는 큐로 만든 경우.' }
            : { en: '… it has a queue of its own.', ko: '… 별도의 큐를 쓰는 경우.' },
      };
    return {
      verdict: 'does not hold',
      figure,
      reason: { en: 'It waits for all that were sent before it.', ko: '먼저 보낸 메시지를 모두 기다린다.' },
    };
  },
  sabotage: {
    what: {
      en: 'The queue is the usual one also the second time.',
      ko: '두 번째에도 기본 큐를 쓴다.',
    },
  },
  chart: {
    title: { en: 'Handled before an urgent message', ko: '급한 메시지보다 먼저 처리된 메시지' },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'plain', label: { en: 'the usual queue', ko: '기본 큐' } },
      { value: 'configured', label: { en: 'set up for it', ko: '설정한 경우' } },
    ],
  },
};

async function sendUrgent(queue: Queue): Promise<void> {
  await queue.send([{ key: undefined, body: URGENT }]);
}

/** How many of those that wait in a queue are handled while an urgent message, in the same queue or in another one, is on its way. */
async function overtakenBy(
  queue: Queue,
  send: (queue: Queue) => Promise<void>,
  urgentQueue: Queue = queue,
): Promise<number> {
  await queue.send(Array.from({ length: WAITING }, (_, n) => ({ key: undefined, body: String(n) })));
  const handled = new Collector();
  const consumers = await Promise.all(
    [...new Set([queue, urgentQueue])].map(async (each) =>
      each.consume({ acknowledge: 'after' }, async ({ body }) => {
        // The work.
        await delay(WORK_MS);
        handled.add(body);
        return 'done';
      }),
    ),
  );
  await handled.untilAll(BEFORE);
  const before = handled.distinct;
  await send(urgentQueue);
  const hasCome = await handled.untilTrue(() => handled.has(URGENT), PATIENCE_MS);
  if (!hasCome) throw new Error('the urgent message did not come');
  await Promise.all(consumers.map(async (consumer) => consumer.stop()));
  return new Set(handled.bodies.slice(0, handled.bodies.indexOf(URGENT))).size - before;
}
