import { withSeparators } from './journey-row.tsx';

/** `member/5@990`, as a link to the record. */
export function RecordLink({ record }: { readonly record: string }) {
  const [, topic, partition, offset] = /^(.+)\/(\d+)@(\d+)$/.exec(record) ?? [];
  if (topic === undefined) return <span class="mono">{record}</span>;
  return (
    <a class="link mono" href={`/topics/${encodeURIComponent(topic)}/${partition}/${offset}`}>
      {withSeparators(record)}
    </a>
  );
}
