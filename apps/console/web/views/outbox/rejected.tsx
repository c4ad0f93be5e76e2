import { useMemo, useState } from 'preact/hooks';
import type { OutboxAndInbox, RejectedRows } from '../../../src/api.ts';
import { acted, ActedNote } from '../../acts/acted.tsx';
import { keyOf, selectionsOf } from '../../acts/selection.ts';
import type { Selection } from '../../acts/selection.ts';
import { useSelection } from '../../acts/use-selection.ts';
import { BulkBar } from '../../components/bulk-bar.tsx';
import { Card } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { MoreRows } from '../../components/more-rows.tsx';
import { Empty, ResourceView, SourceNotes } from '../../components/resource-view.tsx';
import { Table } from '../../components/table.tsx';
import { useKey } from '../../keyboard/keys.ts';
import { query } from '../../router.ts';
import { usePages } from '../../state/use-pages.ts';
import { t } from '../../words/words.ts';
import { rejectedColumns } from './rejected-columns.tsx';
import { RejectedFilters } from './rejected-filters.tsx';
import { allThatMatch, furtherPages, rejectedUrl, rowsOf } from './rejected-rows.ts';
import type { RejectedRow } from './rejected-rows.ts';
import { RowActDialog } from './row-act-dialog.tsx';

const REFRESH_MS = 2_000;

interface Open {
  readonly act: 'retry' | 'drop';
  readonly selections: readonly Selection[];
  /** Of the only row. */
  readonly eventId: string | null;
}

/** Rows that the broker rejects. They wait, with those behind them, until they are accepted or an operator discards them. */
export function Rejected({ services }: { readonly services: OutboxAndInbox['services'] }) {
  const url = rejectedUrl(query.value);
  const list = usePages<RejectedRows>(url, (page) => furtherPages(url, page), REFRESH_MS);
  const pages = list.value?.pages;
  const rows = useMemo(() => rowsOf(pages ?? []), [pages]);
  const selection = useSelection(rows);
  const [open, setOpen] = useState<Open | null>(null);
  const start = (act: Open['act'], selections: readonly Selection[]) => {
    const eventId = selection.rows.length === 1 ? selection.rows[0]!.eventId : null;
    if (selections.length > 0) setOpen({ act, selections, eventId });
  };
  useKey('r', t('outbox.retry'), () => start('retry', selectionsOf(selection.rows)));
  const retryAll = () => {
    const found = [...new Set(rows.map(({ service }) => service))];
    start('retry', allThatMatch(url, found) ?? selectionsOf(rows));
  };
  return (
    <Card
      title={t('outbox.rejected-rows')}
      hint={t('outbox.rejected-hint')}
      aside={
        <a class="button small" href="/outbox">
          {t('view.outbox')}
        </a>
      }
    >
      <ActedNote />
      <RejectedFilters services={services} />
      <ResourceView resource={list}>
        {({ pages: shown }) => (
          <>
            <Problems pages={shown} />
            {rows.length === 0 ? (
              <Empty text={t(url.includes('?') ? 'outbox.rejected-no-match' : 'outbox.rejected-none')} />
            ) : (
              <Table<RejectedRow>
                label={t('outbox.rejected-rows')}
                rows={rows}
                rowKey={keyOf}
                href={({ eventId }) => `/journeys/${encodeURIComponent(eventId)}`}
                selectedKeys={selection.keys}
                onSelect={selection.select}
                isCards
                columns={rejectedColumns(selection)}
              />
            )}
            <MoreRows list={list} shown={rows.length} />
          </>
        )}
      </ResourceView>
      {selection.rows.length > 0 && (
        <BulkBar text={t('act.selected', { n: selection.rows.length })}>
          <button type="button" class="button small" onClick={() => start('retry', selectionsOf(selection.rows))}>
            <Icon name="redrive" />
            {t('outbox.retry')} <kbd class="wide-only">R</kbd>
          </button>
          <button type="button" class="button small" onClick={() => start('drop', selectionsOf(selection.rows))}>
            <Icon name="cross" />
            {t('outbox.drop')}
          </button>
          {rows.length > selection.rows.length && (
            <button type="button" class="button small" onClick={retryAll}>
              {t('outbox.retry-all')}
            </button>
          )}
        </BulkBar>
      )}
      {open !== null && (
        <RowActDialog
          {...open}
          onClose={(hasActed) => {
            setOpen(null);
            if (!hasActed) return;
            selection.clear();
          }}
          onActed={(done, of, hasMore) => {
            const { act, eventId } = open;
            if (done > 0 || !hasMore) acted.value = { act, done, of, hasMore, eventId, goOn: () => setOpen(open) };
            list.reload();
          }}
        />
      )}
    </Card>
  );
}

/** Each service once, however many of its pages are shown. */
function Problems({ pages }: { readonly pages: readonly RejectedRows[] }) {
  const problems = pages.flatMap(({ services }) => services.flatMap(({ rejected }) => rejected.problem ?? []));
  const bySource = [...new Map(problems.map((problem) => [problem.source, problem])).values()];
  return bySource.length === 0 ? null : (
    <div class="body">
      <SourceNotes problems={bySource} />
    </div>
  );
}
