import type { JourneyState, TryResult } from '../../../src/api.ts';
import { Dot, journeyStateName, TONE_OF_JOURNEY } from '../../components/chip.tsx';
import type { Tone } from '../../components/chip.tsx';
import { count, duration } from '../../format/format.ts';
import { sentenceOf } from '../../words/said.ts';
import { t } from '../../words/words.ts';

/** Nothing more comes of it. */
export function isSettled(result: TryResult): boolean {
  if (result.kind === 'burst') return !isSending(result) && result.mailed + result.dead === result.answered;
  if (result.problem !== null) return true;
  return result.state === 'mailed' || result.state === 'dead';
}

export function TryResults({ results }: { readonly results: readonly TryResult[] }) {
  if (results.length === 0) return <p class="hint">{t('try.no-results')}</p>;
  return (
    <ul class="results" aria-live="polite">
      {results.map((result) => (
        <li key={result.id}>
          <Dot tone={toneOf(result)} />
          <span class={result.problem === null && result.kind !== 'burst' ? 'cut grow' : 'grow'} title={textOf(result)}>
            {journeysOf(result) === null ? textOf(result) : <a href={journeysOf(result)!}>{textOf(result)}</a>}
          </span>
          <span class="ink2">{outcomeOf(result)}</span>
        </li>
      ))}
    </ul>
  );
}

function journeysOf({ kind, about, eventId, answered }: TryResult): string | null {
  if (kind === 'burst') return answered === 0 ? null : `/journeys?q=${encodeURIComponent(about)}`;
  return eventId === null ? null : `/journeys/${encodeURIComponent(eventId)}`;
}

/** How long its mail took; as long as there is none, its state. */
function outcomeOf({ ms, state }: TryResult): string {
  if (ms !== null) return duration(ms);
  return state === null ? '' : journeyStateName(state);
}

function toneOf(result: TryResult): Tone {
  const { problem, kind } = result;
  if (problem !== null) return 'red';
  const state = kind === 'burst' ? stateOfBurst(result) : result.state;
  return state === null ? 'blue' : TONE_OF_JOURNEY[state];
}

function isSending({ count: wanted, answered, failed }: TryResult): boolean {
  return answered + failed < wanted;
}

/** As of the last of its mails: as long as one is in flight, so is the burst. */
function stateOfBurst(burst: TryResult): JourneyState {
  const { answered, mailed, parked, dead } = burst;
  if (isSending(burst) || mailed + parked + dead < answered) return 'in-flight';
  return parked > 0 ? 'parked' : dead > 0 ? 'dead' : 'mailed';
}

function textOf(result: TryResult): string {
  const { kind, about, status, problem } = result;
  const text = kind === 'burst' ? textOfBurst(result) : t(`try.did-${kind}`, { about });
  if (problem === null) return text;
  return `${text}: ${[status, sentenceOf(problem)].filter((each) => each !== null).join(', ')}`;
}

function textOfBurst({ count: sent, answered, mailed, parked, dead }: TryResult): string {
  return [
    t('try.did-burst', { count: count(sent), answered: count(answered), mailed: count(mailed) }),
    parked > 0 && t('map.parked', { n: count(parked) }),
    dead > 0 && t('map.dead', { n: count(dead) }),
  ]
    .filter((part) => part !== false)
    .join(', ');
}
