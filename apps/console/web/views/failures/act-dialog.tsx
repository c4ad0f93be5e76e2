import { useState } from 'preact/hooks';
import type { ActResult } from '../../../src/api.ts';
import { Note } from '../../components/card.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Icon } from '../../components/icon.tsx';
import { count } from '../../format/format.ts';
import { operator } from '../../preferences.ts';
import { t } from '../../words/words.ts';
import { Foreseen } from './foreseen.tsx';
import { Reason } from './letter-columns.tsx';
import type { Selection } from './selection.ts';
import { useLetterAct } from './use-act.ts';

/** What an act would do, by a dry run, before it can be done. */
export function ActDialog(props: {
  readonly act: 'redrive' | 'drop';
  readonly selections: readonly Selection[];
  readonly onClose: (isDone: boolean) => void;
}) {
  const { act, selections, onClose } = props;
  const [force, setForce] = useState(false);
  const { dryRuns, problem, done, isActing, act: run } = useLetterAct(act, selections, force);
  const letters = total(dryRuns);
  const canAct = dryRuns !== null && !isActing && problem === null && letters > 0 && operator.value.trim() !== '';
  async function submit(event: Event) {
    event.preventDefault();
    if (canAct && (await run(operator.value.trim()))) onClose(true);
  }
  return (
    <Dialog title={t(`failure.${act}-title`, { n: count(letters) })} onClose={() => onClose(done !== null)}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p class="ink2">{t('failure.dry-run')}</p>
        {dryRuns !== null && <Counts dryRuns={dryRuns} />}
        {dryRuns !== null && <Foreseen act={act} dryRuns={dryRuns} force={force} onForce={setForce} />}
        {problem !== null && (
          <div role="alert">
            <Note tone="red" icon={<Icon name="warning" />}>
              {problem.detail} {problem.next}
            </Note>
          </div>
        )}
        <label class="field">
          <span>{t('failure.by')}</span>
          <input
            class="input"
            required
            maxLength={200}
            autocomplete="username"
            value={operator.value}
            onInput={({ currentTarget }) => (operator.value = currentTarget.value)}
          />
        </label>
        <footer class="row">
          <span class="hint" role="status">
            {done === null ? '' : t('failure.done', { n: count(done), of: count(letters) })}
          </span>
          <button type="button" class="button push" onClick={() => onClose(done !== null)}>
            {t('failure.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={!canAct}>
            <Icon name={act === 'redrive' ? 'redrive' : 'cross'} />
            {t(`failure.${act}-n`, { n: count(letters) })}
          </button>
        </footer>
      </form>
    </Dialog>
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
  const rows = dryRuns.flatMap(({ service, result }) => result.counts.map((one) => ({ ...one, service })));
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
          {rows.map(({ event, topic, reason, service, letters }) => (
            <tr key={`${event} ${topic} ${reason} ${service}`}>
              <td>{event ?? '?'}</td>
              <td>
                <Reason reason={reason} />
              </td>
              <td>{service}</td>
              <td class="right">{count(letters)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
