import type { Chaos } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { Dot } from '../../components/chip.tsx';
import { Table } from '../../components/table.tsx';
import { age } from '../../format/format.ts';
import { now } from '../../state/clock.ts';
import { t } from '../../words/words.ts';
import type { ChaosProps } from './faults.tsx';

type Part = Chaos['parts'][number];

/** `kill -9` of each; the supervisor starts it again. */
export function Parts({ parts, act }: ChaosProps & { readonly parts: readonly Part[] }) {
  return (
    <Card title="kill -9" hint={t('chaos.kill-hint')}>
      <Table<Part>
        label="kill -9"
        rows={parts}
        rowKey={({ name }) => name}
        columns={[
          {
            id: 'part',
            head: t('chaos.part'),
            cell: ({ name, state }) => (
              <span class="row">
                <Dot tone={state === 'ready' ? 'green' : state === 'starting' ? 'amber' : 'red'} />
                {name}
              </span>
            ),
          },
          { id: 'pid', head: 'pid', class: 'mono ink3 wide-only', cell: ({ pid }) => pid ?? '–' },
          { id: 'state', head: t('chaos.state'), class: 'ink2', cell: stateOf },
          {
            id: 'kills',
            head: t('chaos.kills'),
            isRight: true,
            class: 'ink2',
            cell: ({ kills }) => (kills === 0 ? '' : `${kills}×`),
          },
          {
            id: 'kill',
            head: <span class="visually-hidden">kill -9</span>,
            isRight: true,
            cell: ({ name, pid }) => (
              <button
                type="button"
                class="button small danger"
                aria-label={`kill -9 ${name}`}
                disabled={pid === null}
                onClick={() => void act(`kill/${encodeURIComponent(name)}`)}
              >
                kill -9
              </button>
            ),
          },
        ]}
      />
    </Card>
  );
}

function stateOf({ state, since }: Part): string {
  if (state !== 'ready' || since === null) return t(`chaos.part-${state}`);
  return t('chaos.part-up', { age: age((now.value - Date.parse(since)) / 1_000) });
}
