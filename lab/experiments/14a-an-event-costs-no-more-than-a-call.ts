import type { Experiment } from '../harness/experiment.ts';
import { ON_OWN_STACK, SignUpWays, WAYS } from '../harness/sign-up-ways.ts';

const SIGN_UPS = { full: 200, quick: 30 } as const;
const WARM_UP = 5;
/** An event costs more when it takes so many times the transactions of a call. */
const MORE = 1.5;

export const experiment: Experiment = {
  claim: {
    en: 'An event costs no more than a call.',
    ko: '이벤트의 비용은 호출보다 크지 않다.',
  },
  tooSimple: {
    en: 'That nothing is lost has its price: the event is written with the row, the consumer writes what it has handled, and both sides tidy up. For trivial work whose result the caller waits for, a call is less of everything. When it is not worth it: docs/when-not.md.',
    ko: '아무것도 잃지 않는 데에는 대가가 있다. 이벤트를 행과 함께 쓰고, 소비자는 처리한 것을 기록하며, 양쪽 모두 정리 작업을 한다. 호출한 쪽이 결과를 기다리는 사소한 작업이라면 호출이 모든 면에서 적게 든다. 쓰지 않는 편이 나은 경우는 docs/when-not.md에 있다.',
  },
  method: {
    en: `${SIGN_UPS.full} sign-ups one after the other (--quick: ${SIGN_UPS.quick}), each one row and one mail, in three ways: the mail by a function call, by an HTTP call to another process, and by the services of this repository with outbox, bus and inbox. Counted until the last mail has come: transactions that PostgreSQL has written and bytes of its log; and the time from request to mail. More is at least ${MORE} times the transactions of an HTTP call.`,
    ko: `행 하나와 메일 한 통으로 된 회원가입 ${SIGN_UPS.full}건(--quick: ${SIGN_UPS.quick}건)을 차례로, 세 가지 방법으로 한다. 메일을 함수 호출로, 다른 프로세스에 대한 HTTP 호출로, 이 저장소의 서비스(아웃박스, 버스, 인박스)로 보낸다. 마지막 메일이 올 때까지 PostgreSQL이 기록한 트랜잭션과 로그의 바이트를 세고, 요청부터 메일까지의 시간을 잰다. HTTP 호출의 트랜잭션의 ${MORE}배 이상이면 더 드는 것이다.`,
  },
  ...ON_OWN_STACK,
  run: {
    'log-broker': async (_, lab) => {
      const ways = await SignUpWays.start(lab);
      const count = lab.quick ? SIGN_UPS.quick : SIGN_UPS.full;
      const seen: Record<string, number> = {};
      for (const way of WAYS) {
        const used = lab.sabotaged && way === 'bus' ? 'http' : way;
        await ways.signUp(used, WARM_UP);
        const before = await ways.written();
        const { mailMs, mails } = await ways.signUp(used, count);
        const after = await ways.written();
        if (mails !== count) throw new Error(`${mails} of ${count} mails came`);
        seen[`${way}Transactions`] = Math.round(((after.transactions - before.transactions) * 10) / count) / 10;
        seen[`${way}Bytes`] = Math.round((after.bytes - before.bytes) / count);
        seen[`${way}Ms`] = mailMs;
      }
      return seen;
    },
  },
  judge: (seen) => {
    const { functionTransactions = 0, httpTransactions = 0, busTransactions = 0 } = seen;
    const list = (name: string): string =>
      WAYS.map((way) => (seen[`${way}${name}`] ?? 0).toLocaleString('en')).join(', ');
    const transactions = [functionTransactions, httpTransactions, busTransactions].join(', ');
    const figure = {
      en: `function, HTTP, bus: ${transactions} transactions, ${list('Bytes')} B written, mail after ${list('Ms')} ms`,
      ko: `함수, HTTP, 버스: 트랜잭션 ${transactions}, 기록 ${list('Bytes')}B, 메일까지 ${list('Ms')}ms`,
    };
    return busTransactions < MORE * httpTransactions
      ? { verdict: 'holds', figure, reason: { en: 'It writes as much.', ko: '같은 양을 기록한다.' } }
      : {
          verdict: 'does not hold',
          figure,
          reason: { en: 'It takes more transactions for each sign-up.', ko: '가입마다 트랜잭션이 더 든다.' },
        };
  },
  sabotage: {
    what: { en: 'HTTP takes the place of the bus.', ko: '버스 대신 HTTP를 쓴다.' },
  },
  chart: {
    title: { en: 'Transactions for a sign-up with one mail', ko: '메일 한 통이 있는 가입 한 건의 트랜잭션' },
    unit: { en: 'transactions', ko: '건' },
    bars: [
      { value: 'functionTransactions', label: { en: 'function call', ko: '함수 호출' } },
      { value: 'httpTransactions', label: { en: 'HTTP call', ko: 'HTTP 호출' } },
      { value: 'busTransactions', label: { en: 'outbox and bus', ko: '아웃박스와 버스' } },
    ],
  },
};
