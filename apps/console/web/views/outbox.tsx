import type { OutboxAndInbox } from '../../src/api.ts';
import { ResourceView } from '../components/resource-view.tsx';
import { query } from '../router.ts';
import { useResource } from '../state/use-resource.ts';
import '../styles/views.css';
import { Claims } from './outbox/claims.tsx';
import { ServiceCard } from './outbox/service-card.tsx';
import { WaitingRows } from './outbox/waiting-rows.tsx';

const REFRESH_MS = 1_000;

export default function OutboxView() {
  const all = useResource<OutboxAndInbox>('/api/outbox', REFRESH_MS);
  const service = query.value.get('service');
  return (
    <ResourceView resource={all}>
      {({ services }) => {
        const shown = service === null ? services : services.filter((one) => one.service === service);
        return (
          <div class="stack">
            <div class="cards">
              {shown.map((one) => (
                <ServiceCard key={one.service} of={one} />
              ))}
            </div>
            <div class="halves">
              <WaitingRows services={shown} />
              <Claims services={shown} />
            </div>
          </div>
        );
      }}
    </ResourceView>
  );
}
