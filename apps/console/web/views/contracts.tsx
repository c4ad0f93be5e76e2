import type { Contract, ContractSummary } from '../../src/api.ts';
import { Empty, ResourceView } from '../components/resource-view.tsx';
import { useResource } from '../state/use-resource.ts';
import '../styles/views.css';
import type { ViewProps } from '../views.ts';
import { t } from '../words/words.ts';
import { ContractCard } from './contracts/contract-card.tsx';

const REFRESH_MS = 10_000;

export default function ContractsView({ params }: ViewProps) {
  const contracts = useResource<ContractSummary[]>('/api/contracts');
  return (
    <ResourceView resource={contracts}>
      {(all) => {
        const event = params['event'] ?? all[0]?.event;
        return event === undefined ? (
          <div class="card">
            <Empty text={t('contract.none')} />
          </div>
        ) : (
          <div class="split">
            <nav class="card picker" aria-label={t('view.contracts')}>
              {all.map((one) => (
                <a
                  key={one.event}
                  href={`/contracts/${encodeURIComponent(one.event)}`}
                  aria-current={one.event === event ? 'page' : undefined}
                  data-row
                >
                  <b class="cut block">{one.event}</b>
                  <span class="hint cut block">
                    {`${t(`contract.${one.kind}`)} · ${one.topic} · ${one.versions.map((version) => `v${version}`).join(', ')}`}
                  </span>
                </a>
              ))}
            </nav>
            <OneContract key={event} event={event} />
          </div>
        );
      }}
    </ResourceView>
  );
}

function OneContract({ event }: { readonly event: string }) {
  const contract = useResource<Contract>(`/api/contracts/${encodeURIComponent(event)}`, REFRESH_MS);
  return <ResourceView resource={contract}>{(value) => <ContractCard contract={value} />}</ResourceView>;
}
