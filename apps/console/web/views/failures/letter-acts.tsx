import type { DeadLetterDetail } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { Clock } from '../../components/time.tsx';
import { t } from '../../words/words.ts';

/** What became of the letter, newest first, and last that it was given up. */
export function LetterActs({ detail }: { readonly detail: DeadLetterDetail }) {
  const { deadLetter, acts } = detail.answer;
  return (
    <Card title={t('failure.tab-audit')}>
      <ol class="body acts">
        {acts.toReversed().map(({ action, by, at }) => (
          <li key={`${at} ${action}`} class="row">
            <Clock at={at} />
            <span>
              {actName(action)} · <b>{by}</b>
            </span>
          </li>
        ))}
        <li class="row">
          <Clock at={deadLetter.createdAt} />
          <span>{t('failure.was-given-up', { n: deadLetter.attempts })}</span>
        </li>
      </ol>
    </Card>
  );
}

export function actName(action: string): string {
  return action === 'redrive' || action === 'drop' || action === 'retry' ? t(`failure.did-${action}`) : action;
}
