import { Detail } from '../shell/detail.tsx';
import { Tabs } from '../components/tabs.tsx';
import { query } from '../router.ts';
import { NotFound } from '../shell/not-found.tsx';
import '../styles/views.css';
import type { ViewProps } from '../views.ts';
import { t } from '../words/words.ts';
import { Audit } from './failures/audit.tsx';
import { Letter } from './failures/letter.tsx';
import { Letters } from './failures/letters.tsx';
import { Parked } from './failures/parked.tsx';
import { wrongAddress } from './failures/row-filters.tsx';
import { useCounts } from './failures/use-counts.ts';

const TABS = ['parked', 'dead', 'resolved', 'audit'] as const;

export default function FailuresView({ params }: ViewProps) {
  const { service, id } = params;
  const tab = TABS.find((one) => one === params['tab']) ?? 'dead';
  const counts = useCounts();
  const isLetters = tab === 'dead' || tab === 'resolved';
  if ((params['tab'] !== undefined && params['tab'] !== tab) || (id !== undefined && !isLetters)) return <NotFound />;
  const wrong = wrongAddress(tab);
  const search = query.value.size === 0 ? '' : `?${query.value.toString()}`;
  return (
    <div class="stack">
      <div class={`card ${id === undefined ? '' : 'with-detail'}`}>
        <Tabs
          label={t('view.failures')}
          tabs={TABS.map((one) => ({
            href: `/failures/${one}`,
            label: t(`failure.tab-${one}`),
            isCurrent: one === tab,
            ...(one !== 'audit' && { count: counts?.[one] ?? null }),
          }))}
        />
        {wrong}
        {wrong === null && tab === 'parked' && <Parked />}
        {wrong === null && isLetters && (
          <Letters key={tab} tab={tab} currentKey={id === undefined ? null : `${service} ${id}`} counts={counts} />
        )}
        {wrong === null && tab === 'audit' && <Audit />}
      </div>
      {service !== undefined && id !== undefined && (
        <Detail key={id} label={t('failure.letter')} closed={`/failures/${tab}${search}`}>
          <Letter
            service={service}
            id={id}
            search={search}
            isStale={counts?.problems.some(({ source }) => source === service) === true}
          />
        </Detail>
      )}
    </div>
  );
}
