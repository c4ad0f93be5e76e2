import type { JourneySearch } from '../../../src/api.ts';
import { JourneyChip } from '../../components/chip.tsx';
import { totalOrDue } from '../../components/journey-row.tsx';
import { Clock } from '../../components/time.tsx';
import { JOURNEYS_FOUND_MAX } from '../../limits.ts';
import { withQuery } from '../../router.ts';
import { count } from '../../format/format.ts';
import { placeName } from '../../words/said.ts';
import { t } from '../../words/words.ts';

/** What belongs to the same query, oldest first, beside the journey that is open. */
export function Results({ search, eventId }: { readonly search: JourneySearch; readonly eventId: string }) {
  const oldestFirst = search.journeys.toSorted((a, b) => a.at.localeCompare(b.at));
  return (
    <div class="stack results-list">
      <nav class="card picker" aria-label={t('journey.results')}>
        <header>
          <h2 class="cut" title={search.query}>
            {search.query}
          </h2>
          <span class="hint push">{count(search.journeys.length)}</span>
        </header>
        {oldestFirst.map((journey) => (
          <a
            key={journey.eventId}
            href={resultHref(journey.eventId)}
            aria-current={journey.eventId === eventId ? 'true' : undefined}
            data-row
          >
            <span class="row">
              <span class="strong cut">{journey.event}</span>
              <span class="push ink2 nowrap">{totalOrDue(journey)}</span>
            </span>
            <span class="row">
              <span class="ink3">
                <Clock at={journey.at} />
              </span>
              <span class="push">
                <JourneyChip state={journey.state} />
              </span>
            </span>
          </a>
        ))}
      </nav>
      <Searched search={search} />
    </div>
  );
}

export function Searched({ search }: { readonly search: JourneySearch }) {
  const { places, searched } = search;
  if (places.length === 0) return null;
  const names = places.map((place, index) => placeName(place, searched[index] ?? place.service));
  return (
    <p class="hint searched">
      {search.journeys.length >= JOURNEYS_FOUND_MAX && `${t('journey.at-most', { n: JOURNEYS_FOUND_MAX })} `}
      {t('journey.searched', { places: names.join(', ') })}
    </p>
  );
}

/** Another result of the same query. */
function resultHref(eventId: string): string {
  const [, parameters = ''] = withQuery({ stage: null }).split('?');
  return `/journeys/${encodeURIComponent(eventId)}${parameters === '' ? '' : `?${parameters}`}`;
}
