import { useMemo, useState } from 'preact/hooks';
import type { ActResult } from '../../../src/api.ts';
import { ActDialog } from '../../acts/act-dialog.tsx';
import { usePreparedAct } from '../../acts/use-prepared-act.ts';
import { count } from '../../format/format.ts';
import { eventName } from '../../words/said.ts';
import { t } from '../../words/words.ts';
import { Foreseen } from './foreseen.tsx';
import { Reason } from './letter-columns.tsx';
import type { LetterSelection } from './letter-filter.ts';

/** A redrive or a drop of dead letters: what it does, what follows on their keys, and which it leaves out. */
export function LetterActDialog(props: {
  readonly act: 'redrive' | 'drop';
  readonly selections: readonly LetterSelection[];
  readonly onClose: (hasActed: boolean) => void;
  /** `isAll`: of the letters that the dry run has shown. */
  readonly onActed: (done: number, of: number, isAll: boolean) => void;
}) {
  const { act, selections, onClose, onActed } = props;
  const [force, setForce] = useState(false);
  const bodies = useMemo(
    () => selections.map((selection) => ({ ...selection, ...(force && { force }) })),
    [selections, force],
  );
  const prepared = usePreparedAct<ActResult>(`/api/failures/${act}`, bodies, {
    rowsOf: ({ result }) => result.resolved.length,
    nextOf: ({ token }) => token,
    onActed: (done, isAll) => onActed(done, letters, isAll),
  });
  const { dryRuns, isActing } = prepared;
  const letters = total(dryRuns);
  return (
    <ActDialog
      title={t(`failure.${act}-title`, { n: count(letters) })}
      icon={act === 'redrive' ? 'redrive' : 'cross'}
      label={t(`failure.${act}-n`, { n: count(letters) })}
      act={prepared}
      rows={letters}
      onClose={onClose}
    >
      {dryRuns !== null && (
        <>
          <Counts dryRuns={dryRuns} />
          <Foreseen act={act} dryRuns={dryRuns} force={force} isActing={isActing} onForce={setForce} />
        </>
      )}
    </ActDialog>
  );
}

/** All that match, less those of the first 500 that are refused. */
function total(dryRuns: readonly ActResult[] | null): number {
  return (dryRuns ?? []).reduce((sum, { result }) => {
    const matching = result.counts.reduce((letters, one) => letters + one.letters, 0);
    return sum + matching - result.refused.length - result.batches.length;
  }, 0);
}

function Counts({ dryRuns }: { readonly dryRuns: readonly ActResult[] }) {
  const rows = dryRuns.flatMap(({ result }) => result.counts);
  return (
    <div class="framed scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">{t('failure.event')}</th>
            <th scope="col">{t('failure.reason')}</th>
            <th scope="col">{t('failure.group')}</th>
            <th scope="col" class="right">
              {t('failure.letters')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ event, topic, reason, group, letters }) => (
            <tr key={`${event} ${topic} ${reason} ${group}`}>
              <td>{eventName(event)}</td>
              <td>
                <Reason reason={reason} />
              </td>
              <td>{group}</td>
              <td class="right">{count(letters)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
