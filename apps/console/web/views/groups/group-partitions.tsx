import type { Group } from '../../../src/api.ts';
import { Lag } from '../../components/lag.tsx';
import { Empty } from '../../components/resource-view.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { Table } from '../../components/table.tsx';
import { count } from '../../format/format.ts';
import { t } from '../../words/words.ts';

export function GroupPartitions({ group }: { readonly group: Group }) {
  if (group.partitions.length === 0) return <Empty text={t('group.no-partitions')} />;
  const holder = (memberId: string | null): string => {
    const at = group.memberList.findIndex((member) => member.memberId === memberId);
    return at === -1 ? '–' : `${group.memberList[at]!.clientId} #${at + 1}`;
  };
  return (
    <Table
      label={group.group}
      rows={group.partitions}
      rowKey={({ topic, partition }) => `${topic}/${partition}`}
      href={({ topic }) => `/topics/${encodeURIComponent(topic)}`}
      columns={[
        { id: 'topic', head: t('group.topic'), cell: ({ topic }) => topic },
        { id: 'partition', head: t('topic.partition'), cell: ({ partition }) => <b>{partition}</b> },
        { id: 'member', head: t('group.member'), cell: ({ memberId }) => holder(memberId), class: 'ink2 wide-only' },
        { id: 'committed', head: t('group.committed'), cell: ({ committed }) => count(committed), isRight: true },
        { id: 'end', head: t('group.end'), cell: ({ end }) => count(end), isRight: true },
        { id: 'lag', head: t('topic.lag'), cell: (row) => <Lag of={row} />, isRight: true },
        {
          id: 'trend',
          head: t('topic.last-minutes'),
          cell: ({ trend }) => <Sparkline points={trend} />,
          width: '140px',
          class: 'trend wide-only',
        },
      ]}
    />
  );
}
