import type { Group } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/resource-view.tsx';
import { Table } from '../../components/table.tsx';
import { Ago } from '../../components/time.tsx';
import { t } from '../../words/words.ts';

type Member = Group['memberList'][number];

export function Members({ group }: { readonly group: Group }) {
  const rows = group.memberList.map((member, index) => ({ ...member, name: `${member.clientId} #${index + 1}` }));
  return (
    <Card title={t('group.members-title')}>
      {rows.length === 0 ? (
        <Empty text={t(group.members === null ? 'group.members-not-listed' : 'group.no-members')} />
      ) : (
        <Table
          label={t('group.members')}
          rows={rows}
          rowKey={({ memberId }) => memberId}
          columns={[
            { id: 'name', head: t('group.member'), cell: ({ name, memberId }) => <span title={memberId}>{name}</span> },
            {
              id: 'host',
              head: t('group.host'),
              cell: ({ host }) => host.replace(/^\//, ''),
              class: 'mono ink3 wide-only',
            },
            {
              id: 'since',
              head: t('group.since'),
              cell: ({ since }) => (since === null ? t('group.before-the-console') : <Ago at={since} />),
              class: 'ink2',
            },
            { id: 'partitions', head: t('topic.partitions'), cell: partitionsText, class: 'mono ink2 wrap' },
          ]}
        />
      )}
    </Card>
  );
}

/** `member 0–5, order 0, 2`; a line ends behind a comma alone. */
function partitionsText({ partitions }: Member): string {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of partitions) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition]);
  return [...byTopic].map(([topic, numbers]) => `${topic}\u00a0${ranges(numbers)}`).join(', ') || '–';
}

function ranges(numbers: readonly number[]): string {
  const found: Array<[from: number, to: number]> = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${from}\u2060–\u2060${to}`)).join(', ');
}
