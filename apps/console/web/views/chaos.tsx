import { useState } from 'preact/hooks';
import type { Chaos, Problem } from '../../src/api.ts';
import { Card } from '../components/card.tsx';
import { Chip } from '../components/chip.tsx';
import { ResourceView } from '../components/resource-view.tsx';
import { useKey } from '../keyboard/keys.ts';
import { ApiError, postJson } from '../state/api.ts';
import { useResource } from '../state/use-resource.ts';
import '../styles/chaos.css';
import { problemText } from '../words/said.ts';
import { t } from '../words/words.ts';
import { ChaosChart, ChartLegend } from './chaos/chart.tsx';
import { Faults } from './chaos/faults.tsx';
import { Guarantees } from './chaos/guarantees.tsx';
import { ChaosLog } from './chaos/log.tsx';
import { Parts } from './chaos/parts.tsx';

const REFRESH_MS = 1_000;

/** Breaks parts on purpose, beside what must hold meanwhile. */
export default function ChaosView() {
  const chaos = useResource<Chaos>('/api/chaos', REFRESH_MS);
  const [refused, setRefused] = useState<Problem | null>(null);
  const act = async (address: string, body: object = {}) => {
    try {
      await postJson(`/api/chaos/${address}`, body);
      setRefused(null);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setRefused(error.problem);
    }
    chaos.reload();
  };
  useKey('0', t('chaos.all-normal'), () => void act('normal'));
  return (
    <ResourceView resource={chaos} rows={10}>
      {(value) => (
        <>
          {refused !== null && (
            <p class="note red" role="alert">
              {problemText(refused)}
            </p>
          )}
          <div class="halves">
            <div class="stack">
              <Faults chaos={value} act={act} />
              <Parts parts={value.parts} act={act} />
            </div>
            <div class="stack">
              <Card title={t('chaos.chart')} aside={<ChartLegend />}>
                <div class="body">
                  <ChaosChart points={value.chart} />
                </div>
              </Card>
              <Card title={t('chaos.guarantees')} aside={<HoldingCount chaos={value} />}>
                <Guarantees guarantees={value.guarantees} />
              </Card>
              <Card title={t('chaos.log')}>
                <ChaosLog entries={value.log} />
              </Card>
            </div>
          </div>
        </>
      )}
    </ResourceView>
  );
}

function HoldingCount({ chaos: { guarantees } }: { readonly chaos: Chaos }) {
  const holding = guarantees.filter(({ holds }) => holds === true).length;
  const isBroken = guarantees.some(({ holds }) => holds === false);
  const isWhole = holding === guarantees.length;
  return (
    <Chip
      tone={isBroken ? 'red' : isWhole ? 'green' : 'plain'}
      icon={isBroken ? 'cross' : isWhole ? 'check' : 'question'}
    >
      {t('chaos.holding', { n: holding, all: guarantees.length })}
    </Chip>
  );
}
