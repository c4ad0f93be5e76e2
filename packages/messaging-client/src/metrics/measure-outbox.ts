import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { BACKLOG_ROWS_COUNTED_MAX, METRIC_DURATION_BUCKETS_SECONDS } from '../limits.ts';
import type { Backlog } from '../outbox/outbox-backlog.ts';
import { histogramOf } from './durations.ts';
import type { MessagingFigures } from './messaging-figures.ts';
import type { ScrapeSource } from './scrape-source.ts';

export function measureOutbox(
  registry: Registry,
  { events, relay }: MessagingFigures,
  source: ScrapeSource<Backlog>,
): void {
  source.register(registry, [
    {
      name: 'messaging_outbox_backlog_rows',
      help: `Rows of the outbox that wait to be published, counted up to ${BACKLOG_ROWS_COUNTED_MAX}. The same on every instance.`,
      values: ({ rows }) => [[{}, rows]],
    },
    {
      name: 'messaging_outbox_oldest_age_seconds',
      help: 'For how long the oldest of them has waited; 0 when there is none. The same on every instance.',
      values: ({ oldestMs }) => [[{}, oldestMs / 1_000]],
    },
    {
      name: 'messaging_outbox_rejected_rows',
      help: 'Rows that the broker rejects; later rows of their keys wait for them. The same on every instance.',
      values: ({ rejectedRows }) => [[{}, rejectedRows]],
    },
  ]);

  const delays = histogramOf(
    'messaging_outbox_publish_delay_seconds',
    'For how long each event had waited in the outbox: from its append to the broker having it and the row being marked.',
    [],
    () => [{ labels: {}, durations: relay.delays }],
  );
  const sent = new Counter({
    name: 'messaging_client_sent_messages_total',
    help: 'Events that this instance has published from the outbox.',
    registers: [],
  });
  const duration = new Histogram({
    name: 'messaging_client_operation_duration_seconds',
    help: 'Duration of publishing a batch of the outbox: sent, acknowledged and marked.',
    buckets: METRIC_DURATION_BUCKETS_SECONDS,
    registers: [],
  });
  const failures = new Counter({
    name: 'messaging_outbox_failures_total',
    help: 'Batches of the outbox that were not published and will be retried.',
    registers: [],
  });
  const shards = new Gauge({
    name: 'messaging_outbox_shards_held',
    help: 'Shards of the outbox that this instance relays.',
    registers: [],
  });
  const refused = new Gauge({
    name: 'messaging_broker_access_refused',
    help: 'Whether the broker rejects the login or certificate of this instance: 1 or 0.',
    registers: [],
    collect() {
      this.set(relay.health().ready ? 0 : 1);
    },
  });
  for (const metric of [delays, sent, duration, failures, shards, refused]) registry.registerMetric(metric);

  events.on('outbox.published', ({ rows, milliseconds }) => {
    sent.inc(rows);
    duration.observe(milliseconds / 1_000);
  });
  events.on('outbox.failed', () => failures.inc());
  events.on('relay.shards', ({ held }) => shards.set(held));
}
