import type { TryResult } from '../../../src/api.ts';
import { Dot, journeyStateName, TONE_OF_JOURNEY } from '../../components/chip.tsx';
import type { Tone } from '../../components/chip.tsx';
import { duration } from '../../format/format.ts';
import { sentenceOf } from '../../words/said.ts';
import { t } from '../../words/words.ts';

/** Nothing more comes of it. */
export function isSettled(result: TryResult): boolean {
  if (result.problem !== null) return true;
  if (result.kind === 'burst') return result.answered === result.count && result.mailed === result.count;
  return result.state === 'mailed' || result.state === 'dead';
}

export function TryResults({ results }: { readonly results: readonly TryResult[] }) {
  if (results.length === 0) return <p class="hint">{t('try.no-results')}</p>;
  return (
    <ul class="results" aria-live="polite">
      {results.map((result) => (
        <li key={result.id}>
          <Dot tone={toneOf(result)} />
          <span class="cut grow" title={textOf(result)}>
            {result.eventId === null ? (
              textOf(result)
            ) : (
              <a href={`/journeys/${encodeURIComponent(result.eventId)}`}>{textOf(result)}</a>
            )}
          </span>
          <span class="ink2">{outcomeOf(result)}</span>
        </li>
      ))}
    </ul>
  );
}

/** How long its mail took; as long as there is none, its state. */
function outcomeOf({ ms, state }: TryResult): string {
  if (ms !== null) return duration(ms);
  return state === null ? '' : journeyStateName(state);
}

function toneOf({ problem, state, kind, count, mailed }: TryResult): Tone {
  if (problem !== null) return 'red';
  if (kind === 'burst') return mailed === count ? 'green' : 'blue';
  return state === null ? 'blue' : TONE_OF_JOURNEY[state];
}

function textOf(result: TryResult): string {
  const { kind, about, count, answered, mailed, status, problem } = result;
  const text = kind === 'burst' ? t('try.did-burst', { count, answered, mailed }) : t(`try.did-${kind}`, { about });
  if (problem === null) return text;
  return `${text}: ${[status, sentenceOf(problem)].filter((each) => each !== null).join(', ')}`;
}
