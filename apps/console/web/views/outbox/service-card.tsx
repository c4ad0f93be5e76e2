import type { InboxAnswer, OutboxAndInbox, OutboxAnswer } from '../../../src/api.ts';
import { Card, Stats } from '../../components/card.tsx';
import { Dot } from '../../components/chip.tsx';
import { RelayNote } from '../../components/relay-note.tsx';
import { SourceNotes } from '../../components/resource-view.tsx';
import { age, count, duration, perSecond } from '../../format/format.ts';
import { t } from '../../words/words.ts';
import { Shards } from './shards.tsx';

export function ServiceCard({
  of: { service, outbox, relay, inbox, dead },
}: {
  readonly of: OutboxAndInbox['services'][number];
}) {
  const { problem } = outbox;
  const [tone, word] =
    problem?.said.code === 'source-unavailable'
      ? (['red', 'map.unavailable'] as const)
      : problem !== null || relay?.state === 'rejected'
        ? (['red', 'outbox.not-ready'] as const)
        : relay === null
          ? (['green', 'outbox.ready'] as const)
          : (['amber', 'relay.no-connection'] as const);
  return (
    <Card
      title={
        <span class="row">
          <Dot tone={tone} />
          {service}
        </span>
      }
      aside={<span class={tone === 'green' ? 'hint' : tone}>{t(word)}</span>}
    >
      {problem !== null && (
        <div class="body">
          <SourceNotes problems={[problem]} />
        </div>
      )}
      {relay !== null && (
        <div class="body">
          <RelayNote trouble={relay} error={outbox.value?.relay?.error} />
        </div>
      )}
      <div class={problem === null ? '' : 'stale'}>
        {outbox.value !== null && <OutboxPart service={service} outbox={outbox.value} />}
        {inbox.value !== null && <InboxPart service={service} inbox={inbox.value} dead={dead} />}
      </div>
    </Card>
  );
}

function OutboxPart({ service, outbox }: { readonly service: string; readonly outbox: OutboxAnswer }) {
  const { waiting, oldestSeconds, rejected, publishedPerSecond, timeToRecordP99Ms, shards } = outbox;
  return (
    <>
      <Stats
        items={[
          [t('outbox.waiting'), <span class={waiting > 0 ? 'blue' : ''}>{count(waiting)}</span>],
          [t('outbox.oldest'), waiting === 0 ? '–' : age(oldestSeconds)],
          [t('outbox.rejected'), rejected === 0 ? count(0) : <RejectedLink service={service} rows={rejected} />],
          [t('outbox.published'), `${perSecond(publishedPerSecond)}/s`],
          [t('outbox.time-to-record'), duration(timeToRecordP99Ms)],
        ]}
      />
      <Shards shards={shards} />
    </>
  );
}

function RejectedLink({ service, rows }: { readonly service: string; readonly rows: number }) {
  return (
    <a class="red" href={`/outbox/rejected?service=${encodeURIComponent(service)}`}>
      {count(rows)}
    </a>
  );
}

function InboxPart(props: { readonly service: string; readonly inbox: InboxAnswer; readonly dead: number | null }) {
  const { service, inbox, dead } = props;
  const sum = (state: string): number =>
    inbox.counts.filter((one) => one.state === state).reduce((total, { rows }) => total + rows, 0);
  return (
    <div class="inbox">
      <span class="hint">{t('outbox.inbox')}</span>
      <Stats
        items={[
          [t('outbox.done'), count(sum('done'))],
          [t('outbox.claimed'), count(sum('claimed'))],
          [t('outbox.repeats'), count(inbox.repeats.records)],
          [
            t('outbox.dead'),
            (dead ?? 0) === 0 ? (
              count(dead)
            ) : (
              <a class="red" href={`/failures/dead?service=${encodeURIComponent(service)}`}>
                {count(dead)}
              </a>
            ),
          ],
        ]}
      />
    </div>
  );
}
