import { useState } from 'preact/hooks';
import type { RecordDetail } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { Hex, Json } from '../../components/json.tsx';
import { Copy, KeyValue } from '../../components/key-value.tsx';
import { ResourceView } from '../../components/resource-view.tsx';
import { Segments } from '../../components/segments.tsx';
import { bytes, count, exact } from '../../format/format.ts';
import { useResource } from '../../state/use-resource.ts';
import { t } from '../../words/words.ts';

interface Place {
  readonly topic: string;
  readonly partition: string;
  readonly offset: string;
}

export function RecordCard({ topic, partition, offset }: Place) {
  const path = [topic, partition, offset].map(encodeURIComponent).join('/');
  const record = useResource<RecordDetail>(`/api/topics/${path}`);
  const eventId = record.value?.eventId;
  return (
    <Card
      title={t('topic.record')}
      hint={<span class="mono">{`${topic}/${partition}@${count(offset)}`}</span>}
      aside={
        eventId && (
          <a class="button small" href={`/journeys/${encodeURIComponent(eventId)}`}>
            <Icon name="journeys" />
            {t('topic.journey')}
          </a>
        )
      }
    >
      <ResourceView resource={record}>{(value) => <Content record={value} />}</ResourceView>
    </Card>
  );
}

function Content({ record }: { readonly record: RecordDetail }) {
  const [form, setForm] = useState<'text' | 'hex'>('text');
  const { text, hex, headers, key, previous, next } = record;
  const shown = text === null ? 'hex' : form;
  const at = (offset: string) => `/topics/${encodeURIComponent(record.topic)}/${record.partition}/${offset}`;
  return (
    <div class="body stack">
      <KeyValue
        isMono
        items={[
          [t('topic.time'), exact(record.at)],
          [t('topic.key'), key ?? '–'],
          ...headers.map(({ name, value }) => [name, value] as const),
        ]}
      />
      <div class="row wrap">
        <Segments
          label={t('topic.value')}
          options={[
            { value: 'text', label: t('topic.as-text') },
            { value: 'hex', label: t('topic.as-hex') },
          ]}
          value={shown}
          onChange={setForm}
          isDisabled={text === null}
        />
        <span class="hint">{bytes(record.bytes)}</span>
        <span class="push row">
          <Copy text={text ?? hex} />
          {previous !== null && (
            <a class="button small" href={at(previous)}>
              {t('topic.previous')}
            </a>
          )}
          {next !== null && (
            <a class="button small" href={at(next)}>
              {t('topic.next-record')}
            </a>
          )}
        </span>
      </div>
      {record.bytes === 0 ? (
        <p class="ink2">{t('topic.no-value')}</p>
      ) : shown === 'text' ? (
        <Json text={text!} />
      ) : (
        <Hex hex={hex} />
      )}
    </div>
  );
}
