import { useState } from 'preact/hooks';
import type { TopicSummary } from '../../../src/api.ts';
import { count } from '../../format/format.ts';
import { t } from '../../words/words.ts';

/** Topics with events first; the broker's own only when they are wanted. */
export function TopicPicker({
  topics,
  current,
}: {
  readonly topics: readonly TopicSummary[];
  readonly current: string;
}) {
  const [showsAll, setShowsAll] = useState(false);
  const shown = topics.filter(({ topic, kind }) => showsAll || kind !== 'internal' || topic === current);
  const hidden = topics.length - shown.length;
  return (
    <nav class="card picker" aria-label={t('view.topics')}>
      {shown.map((topic) => (
        <a
          key={topic.topic}
          href={`/topics/${encodeURIComponent(topic.topic)}`}
          aria-current={topic.topic === current ? 'page' : undefined}
          data-row
        >
          <span class="row between">
            <b class="cut">{topic.topic}</b>
            <span class={topic.kind === 'dead-letters' && topic.records !== '0' ? 'red' : 'ink2'}>
              {count(topic.records)}
            </span>
          </span>
          <span class="hint cut block">
            {topic.kind === 'dead-letters'
              ? t('topic.announces-dead-letters')
              : topic.events.join(', ') || t(`topic.kind-${topic.kind}`)}
          </span>
        </a>
      ))}
      {(hidden > 0 || showsAll) && (
        <button type="button" class="button ghost small" onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? t('topic.hide-internal') : t('topic.show-all', { n: hidden })}
        </button>
      )}
    </nav>
  );
}
