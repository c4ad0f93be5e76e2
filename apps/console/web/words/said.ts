import type { JourneySearch, Problem, Said } from '../../src/api.ts';
import { hasWord, t } from './words.ts';

/** What the server says, in the page's language; its own sentence, in English, where the page does not know the code. */
export function sentenceOf({ detail, said }: { readonly detail: string; readonly said?: Said }): string {
  if (said === undefined || !hasWord(`said.${said.code}`)) return detail;
  const { params } = said;
  const sentence = t(
    `said.${said.code}`,
    'source' in params ? { ...params, source: sourceName(params.source) } : params,
  );
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

/** Services are named as they are; the broker has no name. */
export function sourceName(source: string): string {
  return source === 'broker' ? t('source.broker') : source;
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
