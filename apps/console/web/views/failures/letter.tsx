import { useState } from 'preact/hooks';
import type { DeadLetterDetail } from '../../../src/api.ts';
import { acted } from '../../acts/acted.tsx';
import { Card, Note } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { KeyValue } from '../../components/key-value.tsx';
import { ResourceView } from '../../components/resource-view.tsx';
import { count, exact } from '../../format/format.ts';
import { navigate } from '../../router.ts';
import { useResource } from '../../state/use-resource.ts';
import { eventName } from '../../words/said.ts';
import { t } from '../../words/words.ts';
import { LetterActDialog } from './act-dialog.tsx';
import type { LetterSelection } from './letter-filter.ts';
import { LetterActs } from './letter-acts.tsx';
import { LetterValue } from './letter-value.tsx';
import { textOf } from './bytes.ts';

interface Props {
  readonly service: string;
  readonly id: string;
  /** Of the list, which stays as it is. */
  readonly search: string;
  /** Its service does not answer. */
  readonly isStale: boolean;
}

export function Letter({ service, id, search, isStale }: Props) {
  const letter = useResource<DeadLetterDetail>(
    `/api/failures/dead/${encodeURIComponent(service)}/${encodeURIComponent(id)}`,
  );
  return (
    <ResourceView resource={letter}>
      {(value) => (
        <div class={`aside ${isStale ? 'stale' : ''}`}>
          <Content
            detail={value}
            onDone={() => {
              navigate(`/failures/dead${search}`);
            }}
          />
          <LetterActs detail={value} />
        </div>
      )}
    </ResourceView>
  );
}

function JourneyLink({ eventId }: { readonly eventId: string }) {
  return (
    <a class="link mono" href={`/journeys/${encodeURIComponent(eventId)}`}>
      {eventId}
    </a>
  );
}

function Content({ detail, onDone }: { readonly detail: DeadLetterDetail; readonly onDone: () => void }) {
  const { deadLetter: letter } = detail.answer;
  const [open, setOpen] = useState<{ act: 'redrive' | 'drop'; selections: readonly LetterSelection[] } | null>(null);
  const start = (act: 'redrive' | 'drop', edit?: string) =>
    setOpen({ act, selections: [{ service: detail.service, ids: [letter.id], ...(edit !== undefined && { edit }) }] });
  const { foreseen } = detail;
  return (
    <Card
      title={t('failure.letter')}
      hint={<span class="mono">{`${letter.topic}/${letter.partition}@${count(letter.offset)}`}</span>}
      aside={
        letter.state === 'open' && (
          <>
            <button type="button" class="button small" onClick={() => start('redrive')}>
              <Icon name="redrive" />
              {t('failure.redrive')}
            </button>
            <button type="button" class="button small" onClick={() => start('drop')}>
              {t('failure.drop')}
            </button>
          </>
        )
      }
    >
      <div class="body stack">
        {foreseen !== null && foreseen.waiting > 0 && (
          <Note tone="amber" icon={<Icon name="warning" />}>
            <b>{t('failure.behind-n', { n: t('failure.exactly', { n: count(foreseen.waiting) }) })}</b>{' '}
            {t('failure.redrive-waiting')}
          </Note>
        )}
        {foreseen !== null && foreseen.skipping > 0 && (
          <Note tone="amber" icon={<Icon name="warning" />}>
            {t('failure.skipping-one')}
          </Note>
        )}
        <KeyValue
          items={[
            [t('failure.error'), <span class="mono red">{letter.error}</span>],
            [t('failure.reason'), letter.reason],
            [t('failure.event'), eventName(letter.event)],
            [t('topic.key'), <span class="mono">{textOf(letter.key)?.text ?? letter.key ?? '–'}</span>],
            [t('failure.attempts'), letter.attempts],
            [
              t('failure.history'),
              letter.history.map(({ at, attempt, error }) => (
                <div>
                  #{attempt} · {exact(at)} · <span class="mono">{error}</span>
                </div>
              )),
            ],
            [t('failure.redrives'), t('failure.redrives-of', { n: letter.redrives, max: detail.redrivesMax })],
            [t('failure.given-up'), exact(letter.createdAt)],
            // What cannot be decoded is of no event.
            ...(letter.eventId === null
              ? []
              : [[t('failure.journey'), <JourneyLink eventId={letter.eventId} />] as const]),
          ]}
        />
        <LetterValue detail={detail} onEdit={(edit) => start('redrive', edit)} />
      </div>
      {open !== null && (
        <LetterActDialog
          {...open}
          onClose={(hasActed) => {
            setOpen(null);
            if (hasActed) onDone();
          }}
          onActed={(done, of, isAll) => {
            const { act } = open;
            if (isAll) acted.value = { act, done, of, hasMore: false, eventId: letter.eventId, goOn: () => {} };
          }}
        />
      )}
    </Card>
  );
}
