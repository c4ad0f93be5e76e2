import { useRef, useState } from 'preact/hooks';
import { Card } from '../../components/card.tsx';
import { JourneyHead, JourneyRow } from '../../components/journey-row.tsx';
import { Empty } from '../../components/resource-view.tsx';
import { about } from '../../state/about.ts';
import { frame, latest } from '../../state/stream.ts';
import type { Word } from '../../words/en.ts';
import { t } from '../../words/words.ts';

/** The newest 20. They hold still while the pointer or the focus is on them: a row must not move from under it. */
export function Latest() {
  const [isHeld, setHeld] = useState(false);
  const shown = useRef(latest.value);
  if (!isHeld) shown.current = latest.value;
  const journeys = shown.current;
  return (
    <Card
      title={t('map.latest')}
      hint={t('map.latest-hint')}
      aside={
        <a class="tool" href="/journeys">
          {t('app.all')}
        </a>
      }
    >
      {journeys !== null && journeys.length === 0 ? (
        <Empty text={t(nothingYet())} />
      ) : (
        <div class="journey-list">
          <JourneyHead />
          <ul
            onMouseEnter={() => setHeld(true)}
            onMouseLeave={() => setHeld(false)}
            onFocusIn={() => setHeld(true)}
            onFocusOut={() => setHeld(false)}
          >
            {journeys?.map((journey) => (
              <li key={journey.eventId}>
                <JourneyRow journey={journey} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

function nothingYet(): Word {
  const { accepted = null, problems = [] } = frame.value?.scoreboard ?? {};
  if (accepted === null && problems.length > 0) return 'score.unknown';
  if (accepted !== 0) return accepted === null ? 'score.waiting' : 'map.nothing-lately';
  return about.value?.canTry === true ? 'map.nothing-yet' : 'map.nothing-yet-here';
}
