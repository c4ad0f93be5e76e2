import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Note } from '../components/card.tsx';
import { Icon } from '../components/icon.tsx';
import { count } from '../format/format.ts';
import { t } from '../words/words.ts';

/** What an act has done. */
export interface Acted {
  readonly act: 'redrive' | 'drop' | 'retry';
  readonly done: number;
  /** That it was to deal with. */
  readonly of: number;
  /** Whether others are left that it was to deal with, or that match like them. */
  readonly hasMore: boolean;
  /** The event of the only row that it was about. */
  readonly eventId: string | null;
  /** Opens the act again, for what is left. */
  readonly goOn: () => void;
}

/** Of the list on the page. The dialog that acts may be of another part of the page, which closes with it. */
export const acted = signal<Acted | null>(null);

/** What the last act of the list has done, and what comes next. */
export function ActedNote() {
  useEffect(() => () => void (acted.value = null), []);
  return <div role="status">{acted.value !== null && <Done {...acted.value} />}</div>;
}

function Done({ act, done, of, hasMore, eventId, goOn }: Acted) {
  const left = of - done;
  const isWhole = left <= 0 && !hasMore;
  return (
    <div class="body">
      <Note tone={isWhole ? 'green' : 'amber'} icon={<Icon name={isWhole ? 'check' : 'warning'} />}>
        <b>{t(`acted.${act}`, { n: done })}</b>{' '}
        {left > 0
          ? t(hasMore ? 'acted.left' : 'acted.changed', { n: left, of: count(of) })
          : hasMore && t('acted.more')}{' '}
        {done > 0 && !hasMore && t(`acted.${act}-next`)}{' '}
        {hasMore && (
          <button type="button" class="button small" onClick={goOn}>
            {t('acted.go-on')}
          </button>
        )}{' '}
        {eventId !== null && act !== 'drop' ? (
          <a class="link" href={`/journeys/${encodeURIComponent(eventId)}`}>
            {t('acted.journey')}
          </a>
        ) : (
          <a class="link" href="/failures/audit">
            {t('failure.tab-audit')}
          </a>
        )}
      </Note>
    </div>
  );
}
