import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { DEAD_LETTER_REASONS } from '../dead-letters/dead-letter.ts';
import { METRIC_LABEL_VALUES_MAX, PARKED_COUNTED_MAX } from '../limits.ts';
import { Durations, histogramOf } from './durations.ts';
import type { MessagingFigures, NotHandled } from './messaging-figures.ts';
import type { ScrapeSource } from './scrape-source.ts';

const OTHER = '_OTHER';
function seconds(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / 1_000;
}

const UP_TO = `counted up to ${PARKED_COUNTED_MAX}. The same on every instance.`;

export function measureConsuming(
  registry: Registry,
  { events, consumers, drift }: MessagingFigures,
  source: ScrapeSource<NotHandled>,
): void {
  source.register(registry, [
    {
      name: 'messaging_parked_records',
      help: `Records that wait in the database: for their next attempt, or behind one of their key; ${UP_TO}`,
      values: ({ records }) => [[{}, records]],
    },
    {
      name: 'messaging_parked_keys',
      help: `Keys whose first record waits for its next attempt, ${UP_TO}`,
      values: ({ keys }) => [[{}, keys]],
    },
    {
      name: 'messaging_parked_oldest_age_seconds',
      help: 'For how long the oldest parked record has been parked; 0 when there is none. The same on every instance.',
      values: ({ oldestAt, now }) => [[{}, oldestAt === null ? 0 : seconds(oldestAt, now)]],
    },
    {
      name: 'messaging_parked_next_due_seconds',
      help: 'In how long the next parked record is due, negative when it is overdue; missing when none is due.',
      values: ({ nextDueAt, now }) => (nextDueAt === null ? [] : [[{}, seconds(now, nextDueAt)]]),
    },
    {
      name: 'messaging_parked_unknown_version_keys',
      help: `Keys that wait at a record of a newer version than this service knows, ${UP_TO}`,
      values: ({ unknownVersions }) => [[{}, unknownVersions]],
    },
    {
      name: 'messaging_claims_ambiguous',
      help: `Outside effects whose outcome is unknown, on their second attempt or a later one, ${UP_TO}`,
      values: ({ ambiguousClaims }) => [[{}, ambiguousClaims]],
    },
    {
      name: 'messaging_dead_letters_open',
      help: `Dead letters that were neither redriven nor dropped, by reason, ${UP_TO}`,
      labelNames: ['reason'],
      values: ({ deadLetters }) => deadLetters.map(({ reason, letters }) => [{ reason }, letters]),
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
  const durations = new Durations();
  const histogram = histogramOf(
    'messaging_process_duration_seconds',
    'Duration of each attempt to its commit or failure, by outcome: handled, repeated (the inbox knew the event), or failed and then retry, parked or dead. Its count is the number of attempts.',
    ['event', 'outcome'],
    () => durations.series,
  );
  registry.registerMetric(histogram);
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
        this.set(consumers.figures().state === 'running' ? 1 : 0);
      },
    }),
    new Gauge({
      name: 'messaging_consumer_lanes',
      help: 'Keys with records in flight in this instance.',
      registers: [],
      collect() {
        this.set(consumers.figures().lanes);
      },
    }),
    new Gauge({
      name: 'messaging_claims_open',
      help: 'Outside effects that this instance has begun and neither confirmed nor given up.',
      registers: [],
      collect() {
        this.set(consumers.figures().outsideEffects);
      },
    }),
    new Gauge({
      name: 'messaging_consumer_records_in_flight',
      help: 'Records that this instance has received and neither finished nor parked.',
      registers: [],
      collect() {
        this.set(consumers.figures().records);
      },
    }),
  ]) {
    registry.registerMetric(gauge);
  }

  registry.registerMetric(
    new Counter({
      name: 'messaging_payload_drift_records_total',
      help: 'Records with a field that the schema of their event does not name, by field.',
      labelNames: ['event', 'version', 'field'],
      registers: [],
      collect() {
        this.reset();
        for (const { event, version, field, records } of drift.snapshot())
          this.inc({ event, version: String(version), field }, records);
      },
    }),
  );

  // Counters are 0 from the start: one that appears with its first value has not increased, as Prometheus sees it.
  events.once('consumer.state', () => {
    for (const event of [...consumers.events, OTHER]) {
      for (const counted of [timeouts, parkedBehind, ambiguous]) counted.inc({ event }, 0);
      for (const reason of DEAD_LETTER_REASONS) dead.inc({ event, reason }, 0);
    }
    for (const topic of consumers.topics) skipped.inc({ messaging_destination_name: topic }, 0);
  });

  const known = new Set<string>();
  /** A record can bring any name; only those with a handler become labels. */
  const labelOf = (event: string | undefined): string => {
    if (event === undefined || known.has(event)) return event ?? OTHER;
    if (!consumers.handles(event) || known.size >= METRIC_LABEL_VALUES_MAX) return OTHER;
    known.add(event);
    return event;
  };
  const processed = (event: string | undefined, outcome: string, milliseconds: number | undefined): void => {
    if (milliseconds !== undefined) durations.observe(labelOf(event), outcome, milliseconds / 1_000);
  };
  consumers.onHandled((event, isRepeated, milliseconds) =>
    durations.observe(event, isRepeated ? 'repeated' : 'handled', milliseconds / 1_000),
  );
  events.on('record.retry', ({ event, milliseconds }) => processed(event, 'retry', milliseconds));
  events.on('record.parked', ({ event, error, milliseconds }) => {
    if (error === undefined) parkedBehind.inc({ event: labelOf(event) });
    else processed(event, 'parked', milliseconds);
  });
  events.on('record.dead', ({ event, reason, milliseconds }) => {
    processed(event, 'dead', milliseconds);
    dead.inc({ event: labelOf(event), reason });
  });
  events.on('batch.dead', () => dead.inc({ event: OTHER, reason: 'undecodable' }));
  events.on('handler.timed-out', ({ event }) => timeouts.inc({ event: labelOf(event) }));
  events.on('effect.ambiguous', ({ event }) => ambiguous.inc({ event: labelOf(event) }));
  events.on('records.skipped', ({ topic, records }) => skipped.inc({ messaging_destination_name: topic }, records));
}
