import type { Experiment } from '../harness/experiment.ts';
import { ON_OWN_STACK, SignUpWays, WAYS } from '../harness/sign-up-ways.ts';

const SIGN_UPS = { full: 200, quick: 30 } as const;
const WARM_UP = 5;
const WHILE_DOWN = 10;

export const experiment: Experiment = {
  claim: {
    en: 'The sender is answered while the receiver is down.',
    ko: '받는 쪽이 멈춰 있어도 보내는 쪽은 응답을 받는다.',
  },
  tooSimple: {
    en: 'The answer says less: accepted, and not done. And what is written first has to be one transaction with the event, or a crash between the two loses one of them: the outbox.',
    ko: '응답의 뜻이 줄어든다. 완료가 아니라 접수이다. 그리고 먼저 쓰는 것과 이벤트가 한 트랜잭션이어야 한다. 아니면 그 사이의 크래시로 하나를 잃는다. 그래서 아웃박스가 필요하다.',
  },
  method: {
    en: `The same sign-up, one row in PostgreSQL and one mail, in three ways: the mail is sent by a function call, by an HTTP call to another process, and by the services of this repository with outbox, bus and inbox. ${SIGN_UPS.full} one after the other (--quick: ${SIGN_UPS.quick}). Then the mail server is killed, ${WHILE_DOWN} people sign up, and the mail server is started again.`,
    ko: `같은 회원가입, 즉 PostgreSQL의 행 하나와 메일 한 통을 세 가지 방법으로 한다. 메일을 함수 호출로, 다른 프로세스에 대한 HTTP 호출로, 이 저장소의 서비스(아웃박스, 버스, 인박스)로 보낸다. 차례로 ${SIGN_UPS.full}건(--quick: ${SIGN_UPS.quick}건). 그 뒤 메일 서버를 종료하고 ${WHILE_DOWN}명이 가입한 다음, 메일 서버를 다시 시작한다.`,
  },
  ...ON_OWN_STACK,
  run: {
    'log-broker': async (_, lab) => {
      const ways = await SignUpWays.start(lab);
      const seen: Record<string, number> = {};
      for (const way of WAYS) {
        await ways.signUp(way, WARM_UP);
        const up = await ways.signUp(way, lab.quick ? SIGN_UPS.quick : SIGN_UPS.full);
        await ways.sink.kill();
        const tried = lab.sabotaged && way === 'bus' ? 'http' : way;
        const down = await ways.signUp(tried, WHILE_DOWN, async () => ways.sink.restart());
        seen[`${way}Ms`] = up.answerMs;
        seen[`${way}Answered`] = down.answered;
        seen[`${way}Mails`] = down.mails;
      }
      return seen;
    },
  },
  judge: ({
    functionMs = 0,
    httpMs = 0,
    busMs = 0,
    functionAnswered = 0,
    httpAnswered = 0,
    busAnswered = 0,
    busMails = 0,
  }) => {
    const figure = {
      en: `answered while it is down: function ${functionAnswered}, HTTP ${httpAnswered}, bus ${busAnswered} of ${WHILE_DOWN}, with ${busMails} mails afterwards; answer in ${functionMs}, ${httpMs}, ${busMs} ms`,
      ko: `멈춘 동안 응답: 함수 ${functionAnswered}, HTTP ${httpAnswered}, 버스 ${busAnswered}/${WHILE_DOWN}, 이후 메일 ${busMails}통. 응답 시간 ${functionMs}, ${httpMs}, ${busMs}ms`,
    };
    return busAnswered === WHILE_DOWN && busMails === WHILE_DOWN
      ? {
          verdict: 'holds',
          figure,
          reason: {
            en: 'All were answered, and the mails came afterwards.',
            ko: '모두 응답을 받았고 메일은 나중에 왔다.',
          },
        }
      : {
          verdict: 'does not hold',
          figure,
          reason: { en: 'The sender fails with the receiver.', ko: '받는 쪽과 함께 보내는 쪽도 실패한다.' },
        };
  },
  sabotage: {
    what: {
      en: 'While the mail server is down, HTTP takes the place of the bus.',
      ko: '메일 서버가 멈춘 동안 버스 대신 HTTP를 쓴다.',
    },
  },
  chart: {
    title: { en: 'Time to the answer', ko: '응답까지 걸린 시간' },
    unit: { en: 'ms, the middle one', ko: 'ms, 중앙값' },
    bars: [
      { value: 'functionMs', label: { en: 'function call', ko: '함수 호출' } },
      { value: 'httpMs', label: { en: 'HTTP call', ko: 'HTTP 호출' } },
      { value: 'busMs', label: { en: 'outbox and bus', ko: '아웃박스와 버스' } },
    ],
  },
};
