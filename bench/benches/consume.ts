import { randomUUID } from 'node:crypto';
import { alternate, atLeast } from '../harness/bench.ts';
import type { Bench, BenchContext, Line, Sample } from '../harness/bench.ts';
import { runProgram } from '../harness/program.ts';
import { fillTopic } from '../harness/said.ts';
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
    'counts what it handles in a window after a warm-up. "with inbox" is what ships: a transaction for each record in a ' +
    'PostgreSQL with fsync. "lanes" is the same with the inbox in memory. ServerKafka and kafkajs handle all 6 ' +
    'partitions at once and do not validate. Every side is checked for the order within keys.',
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
  const { kafkajs, nest, lanes, inbox } = await alternate(context, {
    kafkajs: side('consume-kafkajs.ts'),
    nest: side('consume-server-kafka.ts'),
    lanes: side('consume-ours.ts'),
    inbox: async () => side('consume-ours.ts', { databaseUrl: await context.createDatabase() })(),
  });
  const unit = 'records/s';
  const line = (name: string, figures: typeof kafkajs): Omit<Line, 'target'> => ({
    what,
    side: name,
    figure: figures['perSecond']!,
    unit,
    note: figures['outOfOrder']!.max === 0 ? 'order kept' : `${figures['outOfOrder']!.max} out of order`,
  });
  const [ours, direct, nests] = [lanes['perSecond']!, kafkajs['perSecond']!, nest['perSecond']!];
  const times = where.handlerMs > 0 ? 10 : 2.5;
  return [
    line('raw kafkajs', kafkajs),
    line('ServerKafka', nest),
    { ...line('ours, lanes', lanes), target: atLeast(times, ours, nests, 'ServerKafka') },
    ...(where.handlerMs > 0
      ? []
      : [{ ...line('ours, lanes', lanes), target: atLeast(0.8, ours, direct, 'raw kafkajs') }]),
    { ...line('ours, with inbox', inbox), target: atLeast(times, inbox['perSecond']!, nests, 'ServerKafka') },
  ];
}
