import { readFileSync, writeFileSync } from 'node:fs';
import { readResult, replaceBetween } from './write-tables.ts';

type Language = 'en' | 'ko';

/** Writes the README's three lines of figures, between `<!-- figures -->` and `<!-- /figures -->`. */
export function writeFigures(file: string, language: Language): void {
  writeFileSync(file, replaceBetween(readFileSync(file, 'utf8'), 'figures', figuresIn(language)));
}

/** The three lines, from bench/results. Throws when a result no longer has a line that is quoted here. */
export function figuresIn(language: Language): string {
  const handled = sidesOf('consume', '5 ms handler, log-broker', ['ours, no inbox', 'ServerKafka']);
  const published = sidesOf('relay', 'sustained', ['ours', 'pg-transactional-outbox']);
  const ofPlainNest = (what: string): [string, string] => sidesOf('plain-nest', what, ['ours', 'plain Nest']);
  const p50 = ofPlainNest('sign-up → mail at 50/s, p50');
  const p99 = ofPlainNest('sign-up → mail at 50/s, p99');
  const lost = ofPlainNest('kill -9 member-service while log-broker is unavailable: lost');
  const lines = {
    en: [
      `**Consume.** With a 5 ms handler one process handles ${handled[0]} records/s and keeps the order of each key; Nest's ServerKafka handles ${handled[1]}. No inbox on either side.`,
      `**Publish.** The relay sends ${published[0]} outbox rows/s; pg-transactional-outbox, which keeps the same order, sends ${published[1]}.`,
      `**Sign-up to mail.** At 50 sign-ups/s: p50 ${p50[0]} ms, p99 ${p99[0]} ms. Plain Nest, without outbox and inbox: p50 ${p50[1]} ms, p99 ${p99[1]} ms. When the broker was down and member-service was killed, plain Nest lost ${lost[1]} mails and this repository ${lost[0]}.`,
    ],
    ko: [
      `**소비.** 핸들러가 5 ms 걸릴 때 프로세스 하나가 키별 순서를 지키며 초당 ${handled[0]}건을 처리합니다. Nest의 ServerKafka는 ${handled[1]}건입니다. 둘 다 인박스 없이 측정했습니다.`,
      `**발행.** 릴레이가 아웃박스 행을 초당 ${published[0]}건 보냅니다. 같은 순서를 지키는 pg-transactional-outbox는 ${published[1]}건입니다.`,
      `**가입에서 메일까지.** 초당 50건씩 가입할 때 p50 ${p50[0]} ms, p99 ${p99[0]} ms입니다. 아웃박스와 인박스가 없는 일반 Nest 구성은 p50 ${p50[1]} ms, p99 ${p99[1]} ms입니다. 브로커가 내려간 상태에서 member-service를 강제 종료했을 때 유실된 메일은 일반 Nest 구성이 ${lost[1]}통, 이 저장소가 ${lost[0]}통입니다.`,
    ],
  };
  return lines[language].map((line) => `- ${line}`).join('\n');
}

function sidesOf(bench: string, what: string, [our, their]: [string, string]): [string, string] {
  const { lines } = readResult(bench);
  const median = (side: string): string => {
    const line = lines.find((one) => one.what === what && one.side === side);
    if (line === undefined) throw new Error(`bench/results/${bench}.json has no line "${what}" of "${side}"`);
    return Number(line.figure.median.toPrecision(3)).toLocaleString('en');
  };
  return [median(our), median(their)];
}
