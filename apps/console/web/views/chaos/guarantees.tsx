import type { Guarantee } from '../../../src/api.ts';
import { Icon } from '../../components/icon.tsx';
import { age } from '../../format/format.ts';
import { t } from '../../words/words.ts';

/** What must hold whatever is broken, each with the figures that it was checked by. */
export function Guarantees({ guarantees }: { readonly guarantees: readonly Guarantee[] }) {
  return (
    <ul class="guarantees">
      {guarantees.map((guarantee) => (
        <li key={guarantee.id}>
          <Sign holds={guarantee.holds} />
          <span>
            {t(`chaos.holds-${guarantee.id}`)}
            {guarantee.events.slice(0, 3).map((eventId) => (
              <>
                {' '}
                <a class="link mono" href={`/journeys/${encodeURIComponent(eventId)}`}>
                  {eventId.slice(0, 8)}…
                </a>
              </>
            ))}
          </span>
          <span class={guarantee.holds === false ? 'red' : 'ink2'}>{figuresOf(guarantee)}</span>
        </li>
      ))}
    </ul>
  );
}

function Sign({ holds }: { readonly holds: boolean | null }) {
  const [tone, icon, label] =
    holds === null
      ? (['ink3', 'question', t('score.unknown')] as const)
      : holds
        ? (['green', 'check', t('chaos.yes')] as const)
        : (['red', 'cross', t('chaos.no')] as const);
  return (
    <span class={tone} role="img" aria-label={label}>
      <Icon name={icon} />
    </span>
  );
}

function figuresOf(guarantee: Guarantee): string {
  if (guarantee.figures === null) return t('score.unknown');
  switch (guarantee.id) {
    case 'equation':
      return t('chaos.figures-equation', {
        ...guarantee.figures,
        sign: guarantee.figures.accepted === guarantee.figures.found ? '=' : '≠',
      });
    case 'one-place':
      return t('chaos.figures-one-place', guarantee.figures);
    case 'duplicates-ambiguous':
      return t('chaos.figures-duplicates-ambiguous', guarantee.figures);
    case 'order-per-key':
      return t('chaos.figures-order-per-key', guarantee.figures);
    default: {
      const { waiting, oldestSeconds, lost } = guarantee.figures;
      return t('chaos.figures-committed-published', { waiting, oldest: age(oldestSeconds), lost });
    }
  }
}
