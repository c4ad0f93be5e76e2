import type { Topic, TopicList } from '../../src/api.ts';
import { Detail } from '../shell/detail.tsx';
import { LeftOut } from '../components/left-out.tsx';
import { Empty, ResourceView } from '../components/resource-view.tsx';
import { query } from '../router.ts';
import { useResource } from '../state/use-resource.ts';
import '../styles/views.css';
import type { ViewProps } from '../views.ts';
import { t } from '../words/words.ts';
import { Partitions } from './topics/partitions.tsx';
import { RecordCard } from './topics/record-card.tsx';
import { Tail } from './topics/tail.tsx';
import { TopicPicker } from './topics/topic-picker.tsx';

const REFRESH_MS = 2_000;

export default function TopicsView({ params }: ViewProps) {
  const topics = useResource<TopicList>('/api/topics', REFRESH_MS);
  return (
    <ResourceView resource={topics}>
      {(list) => {
        const topic = params['topic'] ?? list.topics[0]?.topic;
        return topic === undefined ? (
          <div class="card">
            <Empty text={t('topic.none')} />
          </div>
        ) : (
          <div class="split">
            <div class="stack">
              <TopicPicker topics={list.topics} current={topic} />
              <LeftOut left={list.left} command="topics" />
            </div>
            <OneTopic key={topic} topic={topic} params={params} />
          </div>
        );
      }}
    </ResourceView>
  );
}

function OneTopic({ topic, params }: { readonly topic: string; readonly params: ViewProps['params'] }) {
  const { partition, offset } = params;
  const detail = useResource<Topic>(`/api/topics/${encodeURIComponent(topic)}`, REFRESH_MS);
  // The tail of a topic that does not exist would have the same problem once more.
  const isThere = detail.value !== null || detail.problem === null;
  const filter = query.value.get('filter') ?? '';
  const hasRecord = partition !== undefined && offset !== undefined;
  return (
    <div class="stack">
      <ResourceView resource={detail}>{(value) => <Partitions topic={value} />}</ResourceView>
      {isThere && (
        <div class={hasRecord ? 'aside' : 'stack'}>
          <Tail topic={topic} current={hasRecord ? `${partition}@${offset}` : null} />
          {hasRecord && (
            <Detail
              key={`${partition}@${offset}`}
              label={t('topic.record')}
              closed={`/topics/${encodeURIComponent(topic)}${filter === '' ? '' : `?filter=${encodeURIComponent(filter)}`}`}
            >
              <RecordCard topic={topic} partition={partition} offset={offset} />
            </Detail>
          )}
        </div>
      )}
    </div>
  );
}
