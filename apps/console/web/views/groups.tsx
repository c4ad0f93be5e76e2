import type { Group, GroupList, GroupSummary } from '../../src/api.ts';
import { Card, Stats } from '../components/card.tsx';
import { Chip } from '../components/chip.tsx';
import { Lag } from '../components/lag.tsx';
import { LeftOut } from '../components/left-out.tsx';
import { Empty, ResourceView } from '../components/resource-view.tsx';
import { Sparkline } from '../components/sparkline.tsx';
import { count } from '../format/format.ts';
import { useResource } from '../state/use-resource.ts';
import '../styles/views.css';
import type { ViewProps } from '../views.ts';
import { groupStateName } from '../words/said.ts';
import { t } from '../words/words.ts';
import { GroupPartitions } from './groups/group-partitions.tsx';
import { Members } from './groups/members.tsx';
import { Rebalances } from './groups/rebalances.tsx';

const REFRESH_MS = 2_000;

export default function GroupsView({ params }: ViewProps) {
  const groups = useResource<GroupList>('/api/groups', REFRESH_MS);
  return (
    <ResourceView resource={groups}>
      {(list) => {
        const group = params['group'] ?? list.groups[0]?.group;
        return group === undefined ? (
          <div class="card">
            <Empty text={t('group.none')} />
          </div>
        ) : (
          <div class="split">
            <div class="stack">
              <GroupPicker groups={list.groups} current={group} />
              <LeftOut left={list.left} command="groups" />
            </div>
            <OneGroup key={group} group={group} />
          </div>
        );
      }}
    </ResourceView>
  );
}

function GroupPicker({ groups, current }: { readonly groups: readonly GroupSummary[]; readonly current: string }) {
  return (
    <nav class="card picker" aria-label={t('view.groups')}>
      {groups.map((group) => (
        <a
          key={group.group}
          href={`/groups/${encodeURIComponent(group.group)}`}
          aria-current={group.group === current ? 'page' : undefined}
          data-row
        >
          <span class="row between">
            <b class="cut">{group.group}</b>
            <Lag of={group} />
          </span>
          <Sparkline points={group.trend} />
        </a>
      ))}
    </nav>
  );
}

function OneGroup({ group }: { readonly group: string }) {
  const detail = useResource<Group>(`/api/groups/${encodeURIComponent(group)}`, REFRESH_MS);
  return <ResourceView resource={detail}>{(value) => <Details group={value} />}</ResourceView>;
}

function Details({ group }: { readonly group: Group }) {
  // The failures are filtered by service: the group of a handler with a name has it behind a dot.
  const [service = ''] = group.group.split('.', 1);
  const failures = (figure: number | null, tab: string, tone: string) =>
    figure === null || figure === 0 ? (
      count(figure)
    ) : (
      <a class={tone} href={`/failures/${tab}?service=${encodeURIComponent(service)}`}>
        {count(figure)}
      </a>
    );
  return (
    <div class="stack">
      <Card title={group.group} aside={<Chip tone={toneOf(group.state)}>{groupStateName(group.state)}</Chip>}>
        <Stats
          items={[
            ...(group.members === null ? [] : [[t('group.members'), count(group.members)] as const]),
            [t('topic.lag'), <Lag of={group} />],
            [t('group.in-flight'), count(group.inFlight)],
            [t('group.parked'), failures(group.parked, 'parked', 'amber')],
            [t('group.dead'), failures(group.dead, 'dead', 'red')],
          ]}
        />
        <GroupPartitions group={group} />
      </Card>
      <div class="halves">
        <Members group={group} />
        <Rebalances group={group} />
      </div>
    </div>
  );
}

/** Stable is the normal state; without members records only wait. */
function toneOf(state: string): 'green' | 'amber' | 'red' | 'plain' {
  if (state === 'Unknown') return 'plain';
  if (state === 'Stable') return 'green';
  return state === 'Empty' || state === 'Dead' ? 'red' : 'amber';
}
