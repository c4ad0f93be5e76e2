import type { TakenText } from './text-log.ts';

export type Language = 'ko' | 'en';

const WORDS = {
  ko: {
    title: '문자 수신함',
    empty: '아직 받은 문자가 없습니다.',
    to: '받는 번호',
    from: '보낸 이름',
    text: '내용',
    at: '시각',
    key: 'Idempotency-Key',
    handovers: '전달 요청',
    other: 'English',
  },
  en: {
    title: 'Text messages',
    empty: 'No text has arrived yet.',
    to: 'To',
    from: 'From',
    text: 'Text',
    at: 'At',
    key: 'Idempotency-Key',
    handovers: 'Hand-overs',
    other: '한국어',
  },
} as const;

/** How often an open page looks for new texts. */
const REFRESH_SECONDS = 3;

export interface ShownText extends TakenText {
  /** Requests with its key, the first included. */
  readonly requests: number;
}

/** `?lang=` is stronger than what the browser prefers. */
export function languageOf(wanted: string | null, accepted = ''): Language {
  if (wanted === 'ko' || wanted === 'en') return wanted;
  return /^\s*ko\b/i.test(accepted) ? 'ko' : 'en';
}

/** Newest first. */
export function inboxPage(texts: readonly ShownText[], language: Language): string {
  const words = WORDS[language];
  const other = language === 'ko' ? 'en' : 'ko';
  const rows = texts.map(
    ({ to, from, text, takenAt, key, requests }) =>
      `<tr><td>${escaped(to)}<td>${escaped(text)}<td>${escaped(from)}<td><time>${escaped(takenAt)}</time><td>${requests}<td><code>${escaped(key)}</code>`,
  );
  const table = `<table><thead><tr><th>${words.to}<th>${words.text}<th>${words.from}<th>${words.at}<th>${words.handovers}<th>${words.key}</thead><tbody>${rows.join('\n')}</tbody></table>`;
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>${words.title}</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
  body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
  header { display: flex; justify-content: space-between; align-items: baseline }
  table { border-collapse: collapse; width: 100% }
  th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #8885 }
  th, time { white-space: nowrap }
  td:nth-child(2) { white-space: pre-wrap }
  time, code { font-size: 12px }
</style>
<header><h1>${words.title}</h1><a href="?lang=${other}" lang="${other}">${words.other}</a></header>
${rows.length === 0 ? `<p>${words.empty}</p>` : table}
</html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
}
