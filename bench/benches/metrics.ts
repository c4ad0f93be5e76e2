import { randomUUID } from 'node:crypto';
import { alternate, atMostValue } from '../harness/bench.ts';
import type { Bench } from '../harness/bench.ts';
import { fillTopic } from '../harness/note-taken.ts';
import { runProgram } from '../harness/program.ts';
import type { ConsumeOptions, MetricsAnswer, MetricsInTurn } from '../programs/record-counter.ts';

const KEYS = 1_000;
const PERCENT_MAX = 2;
/** As Prometheus does by default. */
const SCRAPED_EVERY_MS = 15_000;

/** What metrics cost a consumer, at most: of the cheapest record that there is. */
export const metrics: Bench = {
  name: 'metrics',
  title: 'what metrics cost a consumer',
  method:
    'As `consume` with an empty handler and no inbox, the cheapest record that there is, in slices of 10,000 records: every other one with ' +
    'all metrics of a service, in the same process, because two processes differ by more; the median slice of each kind counts. A scrape is measured by itself and is due every ' +
    '15 seconds. Both are compared with the processor time of a consumer that has no pause.',
  async run(context) {
    const [{ name, address }] = (await context.brokers()) as [{ name: string; address: string }];
    const topic = `bench-metrics-${randomUUID()}`;
    const inTurn: MetricsInTurn = { warmUp: 200_000, slice: 10_000, slices: context.quick ? 20 : 120, scrapes: 21 };
    await fillTopic(address, topic, inTurn.warmUp + inTurn.slice * inTurn.slices + KEYS, KEYS);
    const [driver] = context.drivers;
    const { process } = await alternate(
      { ...context, rounds: context.quick ? 3 : 9 },
      {
        process: async () => {
          const databaseUrl = await context.createDatabase();
          const ours = { driver, handler: 'no inbox', databaseUrl, metricsInTurn: inTurn } as const;
          const options: ConsumeOptions = { address, topic, handlerMs: 0, warmUpMs: 0, windowMs: 0, ours };
          const measured = await runProgram<MetricsAnswer>('consume-ours.ts', options);
          const percent = 100 * (measured.with / measured.without - 1 + measured.scrape / (SCRAPED_EVERY_MS * 1_000));
          return { without: measured.without, with: measured.with, scrapeMs: measured.scrape / 1_000, percent };
        },
      },
    );
    const what = `empty handler, no inbox, ${name}`;
    const percent = process['percent']!;
    return [
      { what, side: 'without metrics', figure: process['without']!, unit: 'µs of CPU a record' },
      { what, side: 'with metrics', figure: process['with']!, unit: 'µs of CPU a record' },
      { what, side: 'a scrape', figure: process['scrapeMs']!, unit: 'ms of CPU' },
      { what, side: 'more by metrics', figure: percent, unit: '%', targets: [atMostValue(PERCENT_MAX, percent, '%')] },
    ];
  },
};
