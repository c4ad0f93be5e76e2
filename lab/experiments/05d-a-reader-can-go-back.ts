import { setTimeout as delay } from 'node:timers/promises';
import { allKafka } from '../harness/experiment.ts';
import type { Experiment, Lab, Seen } from '../harness/experiment.ts';
import { readAll } from '../harness/read-all.ts';
import type { Queue, Start } from '../systems/system.ts';

const MESSAGES = 20;
/** With this message the work went wrong, which is noticed only when all are acknowledged. */
const WRONG_FROM = 7;
/** From this one on they were sent after the time. */
const LATER_FROM = 12;
/** On each side of the time, because RabbitMQ knows seconds only. */
const PAUSE_MS = 1_100;

const ACKNOWLEDGED_IS_GONE = {
  en: 'what is acknowledged is deleted (05a), so there is nothing to go back to',
  ko: '확인된 메시지는 삭제되므로(05a) 되돌아갈 곳이 없다',
};

export const experiment: Experiment = {
  claim: {
    en: 'A reader can go back, to the message where it went wrong or to a time.',
    ko: '소비자는 처리가 잘못되기 시작한 메시지나 정해진 시각으로 되돌아갈 수 있다.',
  },
  tooSimple: {
    en: 'Only as far as what is kept reaches (05c), and only by a place: a log knows offsets and times, not which message belongs to which order. All that follows the place comes again, also what was right, so the work has to be repeatable.',
    ko: '보관된 범위(05c) 안에서만, 위치로만 가능하다. 로그는 오프셋과 시각을 알 뿐 어느 메시지가 어느 주문의 것인지는 모른다. 그 위치 뒤의 것은 제대로 처리한 것까지 모두 다시 오므로, 작업은 반복해도 되어야 한다.',
  },
  method: {
    en: `${MESSAGES} numbered messages are handled and acknowledged, the last ${MESSAGES - LATER_FROM} sent more than a second after a time. Then a reader of the same group goes back to message ${WRONG_FROM}, and one of a new group begins at the time. Counted is what each receives, and with which message it begins.`,
    ko: `번호를 매긴 메시지 ${MESSAGES}건을 처리하고 확인한다. 마지막 ${MESSAGES - LATER_FROM}건은 어떤 시각에서 1초 넘게 지나 보낸다. 그 뒤 같은 그룹의 소비자는 ${WRONG_FROM}번 메시지로 되돌아가고, 새 그룹의 소비자는 그 시각부터 시작한다. 각각 받은 수와 처음 받은 메시지를 센다.`,
  },
  how: {
    ...allKafka({
      en: 'The committed offset of the group is set to that of the message; the offset of a time is looked up (ListOffsets).',
      ko: '그룹의 커밋된 오프셋을 그 메시지의 오프셋으로 바꾼다. 시각의 오프셋은 조회한다(ListOffsets).',
    }),
    rabbitmq: {
      en: 'A stream queue with `x-stream-offset`, an offset and then a time, which is exact to a second and a chunk of messages. Over AMQP it has no groups.',
      ko: '`x-stream-offset`이 오프셋, 다음은 시각인 스트림 큐. 시각은 초와 메시지 묶음(chunk) 단위로만 정확하다. AMQP로는 그룹이 없다.',
    },
    redis: {
      en: 'XGROUP SETID with the id of the entry; the id of a time is the time.',
      ko: '항목 id로 XGROUP SETID. 시각의 id는 시각 자체이다.',
    },
  },
  notOffered: { activemq: ACKNOWLEDGED_IS_GONE, sqs: ACKNOWLEDGED_IS_GONE },
  run: {
    ...allKafka(async (client, lab: Lab) => goBack(await client.create(), lab)),
    rabbitmq: async (client, lab) => goBack(await client.create({ keeps: true }), lab),
    redis: async (client, lab) => goBack(await client.create(), lab),
  },
  judge: ({ firstFromPlace = -1, fromPlace = 0, firstFromTime = -1, fromTime = 0 }, system) => {
    const figure = {
      en: `from message ${firstFromPlace} on ${fromPlace}, from the time on ${fromTime}`,
      ko: `${firstFromPlace}번부터 ${fromPlace}건, 그 시각부터 ${fromTime}건`,
    };
    const isExact =
      firstFromPlace === WRONG_FROM &&
      fromPlace === MESSAGES - WRONG_FROM &&
      firstFromTime === LATER_FROM &&
      fromTime === MESSAGES - LATER_FROM;
    if (!isExact)
      return {
        verdict: 'does not hold',
        figure,
        reason: { en: 'It does not begin where it should.', ko: '시작해야 할 곳에서 시작하지 않는다.' },
      };
    if (system === 'rabbitmq')
      return {
        verdict: 'holds if',
        figure,
        reason: { en: '… the queue is a stream.', ko: '… 큐가 스트림인 경우.' },
      };
    return { verdict: 'holds', figure, reason: { en: 'To both of them.', ko: '두 곳 모두로 되돌아간다.' } };
  },
  sabotage: {
    what: { en: 'The readers begin at the first message.', ko: '소비자가 첫 메시지부터 읽는다.' },
  },
  chart: {
    title: { en: `Read again, of ${MESSAGES}`, ko: `${MESSAGES}건 중 다시 읽은 메시지` },
    unit: { en: 'messages', ko: '건' },
    bars: [
      { value: 'fromPlace', label: { en: `from message ${WRONG_FROM}`, ko: `${WRONG_FROM}번부터` } },
      { value: 'fromTime', label: { en: 'from a time', ko: '시각부터' } },
    ],
  },
};

async function goBack(queue: Queue, lab: Lab): Promise<Seen> {
  await send(queue, 0, LATER_FROM);
  // The time is what this is about.
  await delay(PAUSE_MS);
  const time = Date.now();
  await delay(PAUSE_MS);
  await send(queue, LATER_FROM, MESSAGES);

  const handled = await readAll(queue, MESSAGES);
  const placeOf = (n: number): { place: string } => {
    const { place } = handled.find(({ body }) => Number(body) === n) ?? {};
    if (place === undefined) throw new Error(`message ${n} came without its place`);
    return { place };
  };
  const read = async (from: Start, group?: string): Promise<number[]> => {
    const again = await readAll(queue, MESSAGES, {
      from: lab.sabotaged ? placeOf(0) : from,
      ...(group !== undefined && { group }),
    });
    return again.map(({ body }) => Number(body));
  };
  const fromPlace = await read(placeOf(WRONG_FROM));
  const fromTime = await read({ time }, 'new');
  return {
    firstFromPlace: fromPlace[0] ?? -1,
    fromPlace: fromPlace.length,
    firstFromTime: fromTime[0] ?? -1,
    fromTime: fromTime.length,
  };
}

async function send(queue: Queue, from: number, to: number): Promise<void> {
  await queue.send(Array.from({ length: to - from }, (_, n) => ({ key: 'key', body: String(from + n) })));
}
