import type { ComponentChildren } from 'preact';
import { Note } from '../components/card.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Icon } from '../components/icon.tsx';
import type { IconName } from '../components/icon.tsx';
import { count } from '../format/format.ts';
import { operator } from '../preferences.ts';
import { problemText } from '../words/said.ts';
import { t } from '../words/words.ts';
import type { PreparedAct } from './use-prepared-act.ts';

/** What an act would do, by a dry run, before it can be done. `children` show the dry run. */
export function ActDialog(props: {
  readonly title: string;
  readonly icon: IconName;
  /** Of the button that acts. */
  readonly label: string;
  readonly act: PreparedAct<unknown>;
  /** That the act would deal with. */
  readonly rows: number;
  readonly onClose: (hasActed: boolean) => void;
  readonly children: ComponentChildren;
}) {
  const { dryRuns, problem, done, isActing, hasActed, act } = props.act;
  const by = operator.value.trim();
  const canAct = dryRuns !== null && !isActing && problem === null && props.rows > 0 && by !== '';
  async function submit(event: Event) {
    event.preventDefault();
    if (canAct && (await act(by))) props.onClose(true);
  }
  return (
    <Dialog title={props.title} onClose={() => props.onClose(hasActed)}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p class="ink2">{t('act.dry-run')}</p>
        {dryRuns !== null && props.children}
        {problem !== null && (
          <div role="alert">
            <Note tone="red" icon={<Icon name="warning" />}>
              {problemText(problem)}
            </Note>
          </div>
        )}
        <label class="field">
          <span>{t('act.by')}</span>
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
            {done === null ? '' : t('act.done', { n: count(done), of: count(props.rows) })}
          </span>
          <button type="button" class="button push" onClick={() => props.onClose(hasActed)}>
            {t('act.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={!canAct}>
            <Icon name={props.icon} />
            {props.label}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
