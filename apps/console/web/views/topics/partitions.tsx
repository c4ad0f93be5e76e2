import type { Topic } from '../../../src/api.ts';
import { Card, Stats } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { Lag } from '../../components/lag.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { Table } from '../../components/table.tsx';
import type { Column } from '../../components/table.tsx';
import { age, count } from '../../format/format.ts';
import { t } from '../../words/words.ts';

type Partition = Topic['perPartition'][number];

export function Partitions({ topic }: { readonly topic: Topic }) {
  const [event] = topic.events;
  return (
    <Card
      title={topic.topic}
      hint={topic.events.join(', ')}
      aside={
        event !== undefined && (
          <a class="button ghost small" href={`/contracts/${event}`}>
            <Icon name="contracts" />
            {t('topic.contract')}
          </a>
        )
      }
    >
      <Stats
        items={[
          [t('topic.records'), count(topic.records)],
          [t('topic.partitions'), count(topic.partitions)],
          ...(topic.settings === null ? [] : [[t('topic.kept-for'), keptFor(topic.settings['retention.ms'])] as const]),
          ...(topic.keyField === null ? [] : [[t('topic.key'), topic.keyField] as const]),
          [t('topic.groups'), topic.groups.join(', ') || t('map.no-consumers')],
        ]}
      />
      {topic.settingsProblem !== null && (
        <p class="body hint">
          {t(`said.${topic.settingsProblem.code}`, topic.settingsProblem.params)} {t('next.settings-not-allowed')}
        </p>
      )}
      <Table
        label={topic.topic}
        columns={columnsOf(topic)}
        rows={topic.perPartition}
        rowKey={(row) => String(row.partition)}
      />
    </Card>
  );
}

function columnsOf(topic: Topic): ReadonlyArray<Column<Partition>> {
  const groups = topic.perPartition[0]?.groups.map(({ group }) => group) ?? [];
  return [
    { id: 'partition', head: t('topic.partition'), cell: ({ partition }) => <b>{partition}</b> },
    { id: 'first', head: t('topic.first'), cell: ({ first }) => count(first), isRight: true, class: 'ink3 wide-only' },
    { id: 'next', head: t('topic.next'), cell: ({ next }) => count(next), isRight: true },
    {
      id: 'share',
      head: t('topic.share'),
      cell: ({ share }) => `${(share * 100).toFixed(1)}%`,
      isRight: true,
      class: 'ink3 wide-only',
    },
    ...groups.flatMap((group): Array<Column<Partition>> => {
      const of = ({ groups: all }: Partition) => all.find((one) => one.group === group);
      return [
        { id: `${group} committed`, head: group, cell: (row) => count(of(row)?.committed), isRight: true },
        { id: `${group} lag`, head: t('topic.lag'), cell: (row) => <Lag of={of(row)} />, isRight: true },
        {
          id: `${group} trend`,
          head: t('topic.last-minutes'),
          cell: (row) => <Sparkline points={of(row)?.trend ?? []} />,
          width: '104px',
          class: 'trend wide-only',
        },
      ];
    }),
  ];
}

function keptFor(retentionMs: string | undefined): string {
  const ms = Number(retentionMs);
  if (retentionMs === undefined || Number.isNaN(ms)) return '–';
  return ms < 0 ? t('topic.for-ever') : age(ms / 1_000);
}
