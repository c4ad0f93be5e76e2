import { useEffect, useState } from 'preact/hooks';
import type { Journey, JourneySearch } from '../../src/api.ts';
import { Card } from '../components/card.tsx';
import { mainOfPage } from '../shell/detail.tsx';
import { JourneyHead, JourneyRow } from '../components/journey-row.tsx';
import { Empty, ResourceView, SourceNotes } from '../components/resource-view.tsx';
import { useKey } from '../keyboard/keys.ts';
import { navigate, query } from '../router.ts';
import { SearchBox } from '../shell/search-box.tsx';
import { frame } from '../state/stream.ts';
import { useResource } from '../state/use-resource.ts';
import '../styles/journeys.css';
import type { ViewProps } from '../views.ts';
import { t } from '../words/words.ts';
import { JourneyDetail } from './journeys/journey-detail.tsx';
import { Results, Searched } from './journeys/results.tsx';

const LIST_REFRESH_MS = 2_000;
const OPEN_REFRESH_MS = 1_000;
const CLOSED_REFRESH_MS = 5_000;

export default function JourneysView({ params }: ViewProps) {
  const { eventId } = params;
  return (
    <div class="stack">
      <div class="row narrow-only">
        <SearchBox />
      </div>
      {eventId === undefined ? <JourneyList /> : <OneJourney eventId={eventId} />}
    </div>
  );
}

/** The journey that was closed last: its row has the focus when the list is back. */
let left: string | null = null;
/** The page was loaded here: its first Tab is its first control. */
let isLoaded = true;

function JourneyList() {
  const text = query.value.get('q') ?? '';
  const search = useResource<JourneySearch>(searchUrl(text), LIST_REFRESH_MS);
  const found = search.value?.query === text ? search.value.journeys : [];
  const eventId = text !== '' && found.length === 1 ? found[0]!.eventId : null;
  useEffect(() => {
    if (eventId !== null)
      navigate(`/journeys/${encodeURIComponent(eventId)}?q=${encodeURIComponent(text)}`, { replace: true });
  }, [eventId, text]);
  const isRead = search.value !== null;
  useEffect(() => {
    isLoaded = false;
    if (!isRead) return;
    const row = [...document.querySelectorAll<HTMLAnchorElement>('main a.journey-row')].find(
      ({ pathname }) => left !== null && pathname === `/journeys/${encodeURIComponent(left)}`,
    );
    left = null;
    if (document.activeElement === document.body || document.activeElement === mainOfPage()) row?.focus();
  }, [isRead]);
  return (
    <ResourceView resource={search}>
      {(found) => (
        <div class="stack">
          <SourceNotes problems={found.problems} />
          <Card title={text === '' ? t('journey.newest') : t('journey.results')} hint={text === '' ? undefined : text}>
            {found.journeys.length === 0 ? (
              <NoneFound search={found} />
            ) : (
              <div class="journey-list">
                <JourneyHead />
                <ul>
                  {found.journeys.map((journey) => (
                    <li key={journey.eventId}>
                      <JourneyRow journey={journey} {...(text === '' ? {} : { query: text })} />
                    </li>
                  ))}
                </ul>
              </div>
            )}
          </Card>
          {text !== '' && found.journeys.length > 0 && <Searched search={found} />}
        </div>
      )}
    </ResourceView>
  );
}

function NoneFound({ search }: { readonly search: JourneySearch }) {
  if (search.query === '') {
    return <Empty text={t((frame.value?.scoreboard.accepted ?? 0) > 0 ? 'map.nothing-lately' : 'journey.none-yet')} />;
  }
  return (
    <div class="body stack">
      <p class="strong">
        {t(search.problems.length === 0 ? 'journey.none-found' : 'journey.none-found-yet', { query: search.query })}
      </p>
      <Searched search={search} />
      <p class="hint">{t('journey.none-found-next')}</p>
      <p>
        <a class="button small" href="/journeys">
          {t('journey.newest')}
        </a>
      </p>
    </div>
  );
}

function OneJourney({ eventId }: { readonly eventId: string }) {
  const url = `/api/journeys/${encodeURIComponent(eventId)}`;
  const [isOpen, setOpen] = useState(true);
  const journey = useResource<Journey>(url, isOpen ? OPEN_REFRESH_MS : CLOSED_REFRESH_MS);
  const state = journey.value?.state;
  useEffect(() => setOpen(state !== 'mailed' && state !== 'dead'), [state]);
  const text = query.value.get('q') ?? journey.value?.about ?? '';
  const wanted = query.value.get('q');
  const search = useResource<JourneySearch>(text === '' ? null : searchUrl(text), CLOSED_REFRESH_MS);
  // A search that finds one journey would open it again.
  const hasList = wanted !== null && (search.value?.journeys.length ?? 0) > 1;
  useKey('Escape', t('keys.close'), () =>
    navigate(hasList ? `/journeys?q=${encodeURIComponent(wanted)}` : '/journeys'),
  );
  useEffect(() => {
    if (!isLoaded && document.activeElement === document.body) mainOfPage()?.focus({ preventScroll: true });
    isLoaded = false;
    return () => {
      left = eventId;
    };
  }, [eventId]);
  const isUnknown = journey.value === null && journey.problem !== null && text === '';
  return (
    <div class={isUnknown ? 'card' : 'split journey'}>
      {search.value === null ? !isUnknown && <div /> : <Results search={search.value} eventId={eventId} />}
      <ResourceView resource={journey}>{(value) => <JourneyDetail journey={value} />}</ResourceView>
    </div>
  );
}

function searchUrl(text: string): string {
  return text === '' ? '/api/journeys' : `/api/journeys?q=${encodeURIComponent(text)}`;
}
