import { randomUUID } from 'node:crypto';
import { alternate, atMostValue } from '../harness/bench.ts';
import type { Bench } from '../harness/bench.ts';
import { fillTopic } from '../harness/note-taken.ts';
import { runProgram } from '../harness/program.ts';
import type { ConsumeAnswer, ConsumeOptions, OursOptions } from '../programs/record-counter.ts';

const KEYS = 1_000;
const PERCENT_MAX = 2;
/** As Prometheus does by default. */
const SCRAPED_EVERY_MS = 15_000;

/** What metrics cost a consumer, at most: of the cheapest record that there is. */
export const metrics: Bench = {
  name: 'metrics',
  title: 'what metrics cost a consumer',
  method:
    'As `consume` with an empty handler and no inbox, the cheapest record that there is: without metrics, and with all of a service, ' +
    'scraped every 15 seconds. Both in turn, over so many ' +
    'records after as many others, and the processor time by the record of each pair is compared.',
  async run(context) {
    const [{ name, address }] = (await context.brokers()) as [{ name: string; address: string }];
    const topic = `bench-metrics-${randomUUID()}`;
    const records = context.quick ? 250_000 : 400_000;
    await fillTopic(address, topic, 2 * records + KEYS, KEYS);
    const [driver] = context.drivers;
    const run = async (metricsOptions: Partial<OursOptions>): Promise<ConsumeAnswer> => {
      const databaseUrl = await context.createDatabase();
      const ours: OursOptions = { driver, handler: 'no inbox', databaseUrl, ...metricsOptions };
      const byRecords = { warmUp: records, window: records };
      const options: ConsumeOptions = { address, topic, handlerMs: 0, warmUpMs: 0, windowMs: 0, byRecords, ours };
      return runProgram<ConsumeAnswer>('consume-ours.ts', options);
    };
    const { pair } = await alternate(
      { ...context, rounds: context.quick ? 9 : 21 },
      {
        pair: async (round) => {
          const sides = [{}, { scrapedEveryMs: SCRAPED_EVERY_MS }];
          const measured = new Map<object, number>();
          for (const side of round % 2 === 0 ? sides : sides.toReversed()) measured.set(side, (await run(side)).cpuUs);
          const [without, withMetrics] = sides.map((side) => measured.get(side)!) as [number, number];
          return { without, with: withMetrics, percent: 100 * (withMetrics / without - 1) };
        },
      },
    );
    const what = `empty handler, no inbox, ${name}`;
    const percent = pair['percent']!;
    return [
      { what, side: 'without metrics', figure: pair['without']!, unit: 'µs of CPU a record' },
      { what, side: 'with metrics', figure: pair['with']!, unit: 'µs of CPU a record' },
      { what, side: 'more by metrics', figure: percent, unit: '%', targets: [atMostValue(PERCENT_MAX, percent, '%')] },
    ];
  },
};
