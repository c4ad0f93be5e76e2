import { randomUUID } from 'node:crypto';
import { alternate, atLeast } from '../harness/bench.ts';
import type { Bench, BenchContext, Line, Sample } from '../harness/bench.ts';
import { runProgram } from '../harness/program.ts';
import { fillTopic } from '../harness/said.ts';
import type { Figure } from '../harness/statistics.ts';
import type { ConsumeAnswer, ConsumeOptions } from '../programs/record-counter.ts';

const KEYS = 1_000;
const HANDLERS = [
  { what: '5 ms handler', handlerMs: 5 },
  { what: 'empty handler', handlerMs: 0 },
] as const;

/** How many records a second one process consumes, with the order of keys kept. */
export const consume: Bench = {
  name: 'consume',
  title: 'records a second that one process handles',
  method:
    '6 partitions, 1,000 keys, 420-byte events from a topic that is full already. Each side is a process of its own and ' +
    'counts what it handles in a window after a warm-up. ServerKafka and kafkajs handle all 6 partitions at once, do not ' +
    'validate and remember nothing. Ours validates, and has its inbox in a PostgreSQL with fsync, by the effect of the ' +
    'handler: one that may be repeated (`effect: repeatable`), one that is claimed and confirmed (`effect: outside`), a row ' +
    'written in one transaction with the inbox, and the same for 200 records at once (`@OnEvents`; the 5 ms are for all of ' +
    'them). "no inbox" is what the lanes do by themselves, as the peers do; what the guarantees of the others cost is beside ' +
    'them, without a goal. Every side is checked for the order within keys.',
  async run(context) {
    const lines: Line[] = [];
    for (const { name, address } of await context.brokers()) {
      const topic = `bench-consume-${randomUUID()}`;
      await fillTopic(address, topic, context.quick ? 60_000 : 400_000, KEYS);
      for (const { what, handlerMs } of HANDLERS) {
        lines.push(...(await compare(context, `${what}, ${name}`, { address, topic, handlerMs })));
      }
    }
    return lines;
  },
};

async function compare(
  context: BenchContext,
  what: string,
  where: Pick<ConsumeOptions, 'address' | 'topic' | 'handlerMs'>,
): Promise<Line[]> {
  const options = {
    ...where,
    ...(context.quick ? { warmUpMs: 500, windowMs: 1_000 } : { warmUpMs: 1_000, windowMs: 2_000 }),
  };
  const side =
    (program: string, more: object = {}) =>
    async (): Promise<Sample> => {
      const { perSecond, outOfOrder } = await runProgram<ConsumeAnswer>(program, { ...options, ...more });
      return { perSecond, outOfOrder };
    };
  context.say(what);
  const ours = (effect: NonNullable<ConsumeOptions['effect']>) => async (): Promise<Sample> =>
    side('consume-ours.ts', { effect, databaseUrl: await context.createDatabase() })();
  const figures = await alternate(context, {
    kafkajs: side('consume-kafkajs.ts'),
    nest: side('consume-server-kafka.ts'),
    lanes: side('consume-ours.ts'),
    repeatable: ours('repeatable'),
    outside: ours('outside'),
    database: ours('database'),
    batch: ours('batch'),
  });
  const perSecond = (name: keyof typeof figures): Figure => figures[name]['perSecond']!;
  const line = (name: keyof typeof figures, called: string): Line => {
    const outOfOrder = figures[name]['outOfOrder']!.max;
    const note = outOfOrder === 0 ? 'order kept' : `${outOfOrder} out of order`;
    return { what, side: called, figure: perSecond(name), unit: 'records/s', note };
  };
  const times = where.handlerMs > 0 ? 10 : 2.5;
  const besideNest = { target: atLeast(times, perSecond('lanes'), perSecond('nest'), 'ServerKafka') };
  const guarded = (name: keyof typeof figures, called: string): Line => {
    const ratio = perSecond(name).median / perSecond('nest').median;
    const guardedLine = line(name, called);
    return { ...guardedLine, note: `${guardedLine.note}, ${ratio.toPrecision(3)}× ServerKafka` };
  };
  const lanes = line('lanes', 'ours, no inbox');
  const besideKafkajs = { ...lanes, target: atLeast(0.8, perSecond('lanes'), perSecond('kafkajs'), 'raw kafkajs') };
  return [
    line('kafkajs', 'raw kafkajs'),
    line('nest', 'ServerKafka'),
    { ...lanes, ...besideNest },
    ...(where.handlerMs > 0 ? [] : [besideKafkajs]),
    guarded('repeatable', 'ours, repeatable effect'),
    guarded('outside', 'ours, outside effect'),
    guarded('database', 'ours, a transaction each'),
    guarded('batch', 'ours, batches of 200'),
  ];
}
