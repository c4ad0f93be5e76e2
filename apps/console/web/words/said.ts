import type { FailedCheck, JourneySearch, Problem, Refusal, Said } from '../../src/api.ts';
import { hasWord, t } from './words.ts';

/** What the server says, in the page's language; its own sentence, in English, where the page does not know the code. */
export function sentenceOf({ detail, said }: { readonly detail: string; readonly said?: Said }): string {
  if (said === undefined || !hasWord(`said.${said.code}`)) return detail;
  const params = {
    ...said.params,
    ...('source' in said.params && { source: sourceName(said.params.source) }),
    ...('answer' in said.params && { answer: answerOf(said.params.answer, said.refusal) }),
  };
  const sentence = t(`said.${said.code}`, params);
  if (said.code !== 'event-unknown' || said.params.silent === '') return sentence;
  return `${sentence} ${t('said.silent', said.params)}`;
}

/** A problem with its next step. */
export function problemText({ detail, next, said, status }: Problem): string {
  const sentence = sentenceOf({ detail, ...(said !== undefined && { said }) });
  if (next === undefined) return sentence;
  return `${sentence} ${said === undefined || sentence === detail ? next : nextOf(said, status, next)}`;
}

function nextOf(said: Said, status: number, next: string): string {
  if (said.code === 'source-refuses') {
    return t(`next.source-${status === 404 ? 'misses' : status >= 500 ? 'fails' : 'refuses'}`);
  }
  return hasWord(`next.${said.code}`) ? t(`next.${said.code}`, said.params) : next;
}

/** What a source says, in the page's language where its code has words. */
export function answerOf(answer: string, refusal: Refusal | undefined): string {
  const word = `refused.${refusal?.code}`;
  return hasWord(word) ? t(word, { ...refusal?.params, answer }) : answer;
}

/** Why a part is not ready, or does not answer; null when nothing is known. */
export function whyOf(part: {
  readonly reason: string | null;
  readonly failed: readonly FailedCheck[];
}): string | null {
  return part.failed.length > 0 ? part.failed.map(failedCheck).join('; ') : part.reason;
}

function failedCheck({ check, why }: FailedCheck): string {
  if (typeof why === 'string') return why === '' ? check : `${check}: ${why}`;
  const word = `check.${why.code}`;
  return hasWord(word) ? t(word, { ...why.params, check }) : `${check}: ${why.params['reason'] ?? why.code}`;
}

/** Services are named as they are; the broker has no name. */
export function sourceName(source: string): string {
  return source === 'broker' ? t('source.broker') : source;
}

/** What cannot be decoded does not say which event it is. */
export function eventName(event: string | null): string {
  return event ?? t('map.not-known');
}

/** Where a search has looked. */
export function placeName({ kind, service }: JourneySearch['places'][number], given: string): string {
  return hasWord(`place.${kind}`) ? t(`place.${kind}`, { service }) : given;
}

/** Of a consumer group, as the broker names it. */
export function groupStateName(state: string): string {
  const word = `group-state.${state}`;
  return hasWord(word) ? t(word) : state;
}
