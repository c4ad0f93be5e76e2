import type { OutboxAndInbox } from '../../src/api.ts';
import { Note } from '../components/card.tsx';
import { ClearFilters } from '../components/filters.tsx';
import { Icon } from '../components/icon.tsx';
import { Empty, ResourceView } from '../components/resource-view.tsx';
import { count } from '../format/format.ts';
import { path, query } from '../router.ts';
import { useResource } from '../state/use-resource.ts';
import '../styles/views.css';
import { t } from '../words/words.ts';
import { Claims } from './outbox/claims.tsx';
import { Rejected } from './outbox/rejected.tsx';
import { Repeats } from './outbox/repeats.tsx';
import { ServiceCard } from './outbox/service-card.tsx';
import { WaitingRows } from './outbox/waiting-rows.tsx';

const REFRESH_MS = 1_000;

export default function OutboxView() {
  const all = useResource<OutboxAndInbox>('/api/outbox', REFRESH_MS);
  const isRejected = path.value.startsWith('/outbox/rejected');
  return (
    <ResourceView resource={all}>
      {({ services }) => (isRejected ? <Rejected services={services} /> : <Services all={services} />)}
    </ResourceView>
  );
}

function Services({ all }: { readonly all: OutboxAndInbox['services'] }) {
  const service = query.value.get('service');
  const shown = service === null ? all : all.filter((one) => one.service === service);
  const rejected = all.reduce((sum, { outbox }) => sum + (outbox.value?.rejected ?? 0), 0);
  if (service !== null && shown.length === 0) {
    return (
      <div class="card" role="alert">
        <Empty text={t('outbox.unknown-service', { service })}>
          <ClearFilters />
        </Empty>
      </div>
    );
  }
  return (
    <div class="stack">
      {rejected > 0 && (
        <Note tone="red" icon={<Icon name="warning" />}>
          <b>{t('outbox.rejected-n', { n: count(rejected) })}</b> {t('outbox.rejected-why')}{' '}
          <a class="link" href="/outbox/rejected">
            {t('outbox.rejected-show')}
          </a>
        </Note>
      )}
      <div class="cards">
        {shown.map((one) => (
          <ServiceCard key={one.service} of={one} />
        ))}
      </div>
      <div class="halves">
        <div class="stack">
          <WaitingRows services={shown} />
          <Claims services={shown} />
        </div>
        <Repeats services={shown} />
      </div>
    </div>
  );
}
