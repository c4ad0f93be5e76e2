import type { Group } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/resource-view.tsx';
import { Table } from '../../components/table.tsx';
import { Clock } from '../../components/time.tsx';
import { count } from '../../format/format.ts';
import { groupStateName } from '../../words/said.ts';
import { t } from '../../words/words.ts';

export function Rebalances({ group }: { readonly group: Group }) {
  return (
    <Card title={t('group.rebalances')} hint={t('group.rebalances-hint')}>
      {group.rebalances.length === 0 ? (
        <Empty text={t('group.no-rebalances')} />
      ) : (
        <Table
          label={t('group.rebalances')}
          rows={group.rebalances}
          rowKey={({ at, to }) => `${at} ${to}`}
          columns={[
            { id: 'at', head: t('topic.time'), cell: ({ at }) => <Clock at={at} />, class: 'ink3' },
            { id: 'change', head: t('group.state'), cell: changeOf },
            { id: 'members', head: t('group.members'), cell: ({ members }) => count(members), isRight: true },
          ]}
        />
      )}
    </Card>
  );
}

function changeOf({ from, to }: Group['rebalances'][number]): string {
  return from === to ? groupStateName(to) : `${groupStateName(from)} → ${groupStateName(to)}`;
}
