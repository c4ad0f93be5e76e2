import type { ActResult } from '../../../src/api.ts';
import { Note } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { count } from '../../format/format.ts';
import { t } from '../../words/words.ts';

/** What follows on the keys of the letters, and which of them the act leaves out. */
export function Foreseen(props: {
  readonly act: 'redrive' | 'drop';
  readonly dryRuns: readonly ActResult[];
  readonly force: boolean;
  readonly isActing: boolean;
  readonly onForce: (force: boolean) => void;
}) {
  const sum = (of: (result: ActResult['result']) => number): number =>
    props.dryRuns.reduce((total, { result }) => total + of(result), 0);
  const waiting = sum(({ foreseen }) => foreseen?.waiting ?? 0);
  const skipping = sum(({ foreseen }) => foreseen?.skipping ?? 0);
  const handled = sum(({ foreseen }) => foreseen?.alreadyHandled.length ?? 0);
  const refused = sum(({ refused: letters }) => letters.length);
  const batches = sum(({ batches: letters }) => letters.length);
  // What is foreseen is of the first 500 that match.
  const figure = (letters: number): string =>
    t(
      props.dryRuns.some(({ result }) => result.next !== null) && letters > 0 ? 'failure.at-least' : 'failure.exactly',
      {
        n: count(letters),
      },
    );
  const warning = <Icon name="warning" />;
  return (
    <>
      {waiting > 0 && (
        <Note tone="amber" icon={warning}>
          <b>{t('failure.behind-n', { n: figure(waiting) })}</b> {t(`failure.${props.act}-waiting`)}
        </Note>
      )}
      {props.act === 'redrive' && skipping > 0 && (
        <Note tone="amber" icon={warning}>
          <b>{t('failure.skipping-n', { n: figure(skipping) })}</b> {t('failure.skipping-why')}
        </Note>
      )}
      {props.act === 'redrive' && (
        <Note tone={handled === 0 ? 'green' : 'amber'} icon={handled === 0 ? <Icon name="check" /> : warning}>
          <b>{t('failure.handled-n', { n: figure(handled) })}</b>{' '}
          {t(handled === 0 ? 'failure.none-handled-why' : 'failure.handled-why')}
        </Note>
      )}
      {(refused > 0 || props.force) && (
        <Note tone="amber" icon={warning}>
          {t('failure.refused-n', { n: figure(refused) })}{' '}
          <label class="nowrap">
            <input
              type="checkbox"
              class="checkbox"
              checked={props.force}
              disabled={props.isActing}
              onChange={({ currentTarget }) => props.onForce(currentTarget.checked)}
            />{' '}
            {t('failure.force')}
          </label>
        </Note>
      )}
      {batches > 0 && (
        <Note tone="red" icon={warning}>
          {t('failure.batches-n', { n: figure(batches) })}
        </Note>
      )}
    </>
  );
}
