import type { RowActResult } from '../../../src/api.ts';
import { ActDialog } from '../../acts/act-dialog.tsx';
import type { Selection } from '../../acts/selection.ts';
import { usePreparedAct } from '../../acts/use-prepared-act.ts';
import { Note } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { count } from '../../format/format.ts';
import { t } from '../../words/words.ts';

/** A retry or a drop of rejected rows. It deals with those of its dry run; what else matches is listed again afterwards. */
export function RowActDialog(props: {
  readonly act: 'retry' | 'drop';
  readonly selections: readonly Selection[];
  readonly onClose: (hasActed: boolean) => void;
  /** `hasMore`: rows that it did not come to, or that match like these. */
  readonly onActed: (done: number, of: number, hasMore: boolean) => void;
}) {
  const { act, selections, onClose, onActed } = props;
  const prepared = usePreparedAct<RowActResult>(`/api/outbox/rejected/${act}`, selections, {
    rowsOf: ({ result }) => result.rows.length,
    nextOf: () => null,
    onActed: (done, isAll) => onActed(done, rows, !isAll || hasMore),
  });
  const { dryRuns } = prepared;
  const hasMore = (dryRuns ?? []).some(({ result }) => result.more);
  const rows = (dryRuns ?? []).reduce((sum, { result }) => sum + result.rows.length, 0);
  const warning = <Icon name="warning" />;
  return (
    <ActDialog
      title={t(`outbox.${act}-title`, { n: count(rows) })}
      icon={act === 'retry' ? 'redrive' : 'cross'}
      label={t(`outbox.${act}-n`, { n: count(rows) })}
      act={prepared}
      rows={rows}
      onClose={onClose}
    >
      {dryRuns !== null && (
        <>
          <Counts dryRuns={dryRuns} />
          <Note tone={act === 'retry' ? 'blue' : 'red'} icon={act === 'retry' ? <Icon name="clock" /> : warning}>
            {t(`outbox.${act}-why`)}
          </Note>
          {hasMore && (
            <Note tone="amber" icon={warning}>
              {t('outbox.act-more')}
            </Note>
          )}
        </>
      )}
    </ActDialog>
  );
}

function Counts({ dryRuns }: { readonly dryRuns: readonly RowActResult[] }) {
  const rows = dryRuns.flatMap(({ service, result }) =>
    result.rows.map(({ event, topic }) => ({ service, event, topic })),
  );
  const kinds = [...Map.groupBy(rows, ({ service, event, topic }) => `${service} ${event} ${topic}`)];
  return (
    <div class="framed scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{t('outbox.event')}</th>
            <th scope="col">{t('group.topic')}</th>
            <th scope="col">{t('outbox.service')}</th>
            <th scope="col" class="right">
              {t('outbox.rows')}
            </th>
          </tr>
        </thead>
        <tbody>
          {kinds.map(([kind, same]) => (
            <tr key={kind}>
              <td>{same[0]!.event}</td>
              <td>{same[0]!.topic}</td>
              <td>{same[0]!.service}</td>
              <td class="right">{count(same.length)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
