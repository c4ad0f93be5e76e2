import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { METRIC_LABEL_VALUES_MAX, PARKED_COUNTED_MAX } from '../limits.ts';
import { Durations } from './durations.ts';
import type { MessagingFigures, NotHandled } from './messaging-figures.ts';
import type { ScrapeSource } from './scrape-source.ts';

const OTHER = '_OTHER';
const UP_TO = `counted up to ${PARKED_COUNTED_MAX}. The same on every instance.`;

export function measureConsuming(
  registry: Registry,
  { events, consumer }: MessagingFigures,
  source: ScrapeSource<NotHandled>,
): void {
  source.register(registry, [
    {
      name: 'messaging_parked_records',
      help: `Records that wait in the database: for their next attempt, or behind one of their key; ${UP_TO}`,
      values: ({ parkedRecords }) => [[{}, parkedRecords]],
    },
    {
      name: 'messaging_parked_keys',
      help: `Keys whose first record waits for its next attempt, ${UP_TO}`,
      values: ({ parkedKeys }) => [[{}, parkedKeys]],
    },
    {
      name: 'messaging_parked_oldest_age_seconds',
      help: 'For how long the oldest parked record has been parked; 0 when there is none. The same on every instance.',
      values: ({ parkedOldestSeconds }) => [[{}, parkedOldestSeconds ?? 0]],
    },
    {
      name: 'messaging_parked_next_due_seconds',
      help: 'In how long the next parked record is due, negative when it is overdue; missing when none is due.',
      values: ({ parkedNextDueSeconds }) => (parkedNextDueSeconds === null ? [] : [[{}, parkedNextDueSeconds]]),
    },
    {
      name: 'messaging_claims_ambiguous',
      help: `Outside effects whose outcome is unknown, on their second attempt or a later one, ${UP_TO}`,
      values: ({ claimsAmbiguous }) => [[{}, claimsAmbiguous]],
    },
    {
      name: 'messaging_dead_letters_open',
      help: `Dead letters that were neither redriven nor dropped, by reason, ${UP_TO}`,
      labelNames: ['reason'],
      values: ({ deadLetters }) => Object.entries(deadLetters).map(([reason, letters]) => [{ reason }, letters]),
    },
    {
      name: 'messaging_clock_offset_seconds',
      help: 'How far the clock of this instance is ahead of that of its database; negative when it is behind.',
      values: ({ clockOffsetSeconds }) => [[{}, clockOffsetSeconds]],
    },
  ]);

  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> => {
    const made = new Counter({ name, help, labelNames, registers: [] });
    registry.registerMetric(made);
    return made;
  };
  const handled = new Durations(
    'messaging_process_duration_seconds',
    'From the start of the attempt to its commit, by outcome: handled, or repeated when the inbox knew the event.',
  );
  registry.registerMetric(handled.metric);
  const failures = counter(
    'messaging_process_failures_total',
    'Attempts that failed, by what followed: retry in the lane, parked in the database, or dead letter.',
    ['event', 'outcome'],
  );
  const timeouts = counter('messaging_process_timeouts_total', 'Attempts that failed by their time-out.', ['event']);
  const dead = counter('messaging_dead_letters_total', 'Records that became dead letters.', ['event', 'reason']);
  const parkedBehind = counter(
    'messaging_parked_behind_total',
    'Records that were parked because an earlier one of their key is.',
    ['event'],
  );
  const ambiguous = counter('messaging_effects_ambiguous_total', 'Attempts after which the outcome was unknown.', [
    'event',
  ]);
  const skipped = counter('messaging_records_skipped_total', 'Records that the broker deleted before they were read.', [
    'messaging_destination_name',
  ]);

  for (const gauge of [
    new Gauge({
      name: 'messaging_consumer_running',
      help: 'Whether this instance is a member of its group that reads: 1 or 0.',
      registers: [],
      collect() {
        this.set(consumer.figures().state === 'running' ? 1 : 0);
      },
    }),
    new Gauge({
      name: 'messaging_consumer_lanes',
      help: 'Keys with records in flight in this instance.',
      registers: [],
      collect() {
        this.set(consumer.figures().lanes);
      },
    }),
    new Gauge({
      name: 'messaging_consumer_records_in_flight',
      help: 'Records that this instance has received and neither finished nor parked.',
      registers: [],
      collect() {
        this.set(consumer.figures().records);
      },
    }),
  ]) {
    registry.registerMetric(gauge);
  }

  const known = new Set<string>();
  /** A record can bring any name; only those with a handler become labels. */
  const labelOf = (event: string | undefined): string => {
    if (event === undefined || known.has(event)) return event ?? OTHER;
    if (!consumer.handles(event) || known.size >= METRIC_LABEL_VALUES_MAX) return OTHER;
    known.add(event);
    return event;
  };
  events.on('record.handled', ({ event, repeated, milliseconds }) =>
    handled.observe(labelOf(event), repeated ? 'repeated' : 'handled', milliseconds / 1_000),
  );
  events.on('record.retry', ({ event }) => failures.inc({ event: labelOf(event), outcome: 'retry' }));
  events.on('record.parked', ({ event, error }) => {
    if (error === undefined) parkedBehind.inc({ event: labelOf(event) });
    else failures.inc({ event: labelOf(event), outcome: 'parked' });
  });
  events.on('record.dead', ({ event, reason }) => {
    failures.inc({ event: labelOf(event), outcome: 'dead' });
    dead.inc({ event: labelOf(event), reason });
  });
  events.on('batch.dead', () => dead.inc({ event: OTHER, reason: 'undecodable' }));
  events.on('handler.timed-out', ({ event }) => timeouts.inc({ event: labelOf(event) }));
  events.on('effect.ambiguous', ({ event }) => ambiguous.inc({ event: labelOf(event) }));
  events.on('records.skipped', ({ topic, records }) => skipped.inc({ messaging_destination_name: topic }, records));
}
