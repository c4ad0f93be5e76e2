import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { DeadLetterRow, FailureCounts } from '../../../src/api.ts';
import { acted, ActedNote } from '../../acts/acted.tsx';
import { keyOf, selectionsOf } from '../../acts/selection.ts';
import { useSelection } from '../../acts/use-selection.ts';
import { BulkBar } from '../../components/bulk-bar.tsx';
import { mainOfPage } from '../../shell/detail.tsx';
import { ClearFilters } from '../../components/filters.tsx';
import { Icon } from '../../components/icon.tsx';
import { Empty, SourceNotes } from '../../components/resource-view.tsx';
import { Table } from '../../components/table.tsx';
import { count } from '../../format/format.ts';
import { useKey } from '../../keyboard/keys.ts';
import { LETTERS_MAX } from '../../limits.ts';
import { language } from '../../preferences.ts';
import { query } from '../../router.ts';
import { problemText } from '../../words/said.ts';
import { t } from '../../words/words.ts';
import { LetterActDialog } from './act-dialog.tsx';
import { conditionsOf, filterOf, matching } from './letter-filter.ts';
import type { LetterSelection } from './letter-filter.ts';
import { letterColumns } from './letter-columns.tsx';
import { RowFilters } from './row-filters.tsx';
import { useLetters } from './use-letters.ts';

interface Props {
  readonly tab: 'dead' | 'resolved';
  readonly currentKey: string | null;
  readonly counts: FailureCounts | null;
}

interface Open {
  readonly act: 'redrive' | 'drop';
  readonly selections: readonly LetterSelection[];
  /** Of the only letter. */
  readonly eventId: string | null;
}

export function Letters({ tab, currentKey, counts }: Props) {
  const { rows, problems, problem, hasMore, reload } = useLetters(tab, counts);
  const text = query.value.toString();
  const lang = language.value;
  const conditions = useMemo(() => conditionsOf(new URLSearchParams(text)), [text, lang]);
  const shown = useMemo(() => matching(rows ?? [], conditions, ({ createdAt }) => createdAt), [rows, conditions]);
  const selection = useSelection(shown);
  const [open, setOpen] = useState<Open | null>(null);
  const hasActed = useRef(false);
  useEffect(() => {
    // The row that had the focus has left the list with its letter.
    if (hasActed.current && document.activeElement === document.body) mainOfPage()?.focus();
    hasActed.current = false;
  }, [rows]);
  const canAct = tab === 'dead';
  const start = (act: Open['act']) => {
    const selections = selectionsOf(selection.rows);
    const eventId = selection.rows.length === 1 ? selection.rows[0]!.eventId : null;
    if (canAct && selections.length > 0) setOpen({ act, selections, eventId });
  };
  useKey('r', t('failure.redrive'), () => start('redrive'));
  function startAll(act: Open['act']) {
    const filter = filterOf(conditions);
    const services = [...new Set(shown.map(({ service }) => service))];
    const all =
      filter === null ? selectionsOf(shown) : services.map((service): LetterSelection => ({ service, filter }));
    setOpen({ act, selections: all, eventId: null });
  }
  if (rows === null) return problem === null ? null : <Empty text={problemText(problem)} />;
  const none = problems.length > 0 ? 'list.not-known' : canAct ? 'failure.no-letters' : 'failure.no-resolved';
  return (
    <>
      {canAct && <ActedNote />}
      <RowFilters tab={tab} rows={rows}>
        {canAct && (shown.length > 1 || (text !== '' && shown.length > 0)) && (
          <span class="push row">
            {(['redrive', 'drop'] as const).map((act) => (
              <button key={act} type="button" class="button small" onClick={() => startAll(act)}>
                {t(`failure.${act}-all`, { n: count(shown.length) })}
              </button>
            ))}
          </span>
        )}
      </RowFilters>
      {problems.length > 0 && (
        <div class="body">
          <SourceNotes problems={problems} />
        </div>
      )}
      {shown.length === 0 ? (
        <Empty text={t(rows.length > 0 ? 'failure.no-match' : none)}>{rows.length > 0 && <ClearFilters />}</Empty>
      ) : (
        <Table<DeadLetterRow>
          label={t(`failure.tab-${tab}`)}
          rows={shown}
          rowKey={keyOf}
          href={({ service, id }) =>
            `/failures/${tab}/${encodeURIComponent(service)}/${id}${text === '' ? '' : `?${text}`}`
          }
          currentKey={currentKey}
          isStale={({ service }) => problems.some(({ source }) => source === service)}
          isCards
          {...(canAct && { selectedKeys: selection.keys, onSelect: selection.select })}
          columns={letterColumns(canAct ? selection : null)}
        />
      )}
      {hasMore && <p class="foot hint">{t('failure.only-newest', { n: LETTERS_MAX })}</p>}
      {canAct && selection.rows.length > 0 && (
        <BulkBar text={t('act.selected', { n: selection.rows.length })}>
          <button type="button" class="button small" onClick={() => start('redrive')}>
            <Icon name="redrive" />
            {t('failure.redrive')} <kbd class="wide-only">R</kbd>
          </button>
          <button type="button" class="button small" onClick={() => start('drop')}>
            <Icon name="cross" />
            {t('failure.drop')}
          </button>
        </BulkBar>
      )}
      {open !== null && (
        <LetterActDialog
          {...open}
          onClose={(isDone) => {
            setOpen(null);
            if (!isDone) return;
            hasActed.current = true;
            selection.clear();
          }}
          onActed={(done, of, isAll) => {
            const { act, eventId } = open;
            if (isAll || done > 0) acted.value = { act, done, of, hasMore: !isAll, eventId, goOn: () => setOpen(open) };
            reload();
          }}
        />
      )}
    </>
  );
}
