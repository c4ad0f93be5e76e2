import { randomUUID } from 'node:crypto';
import type { KafkaDriver } from '../../packages/messaging-client/src/kafka/kafka-settings.ts';
import { alternate, atLeast, atLeastValue, atMost, atMostValue } from '../harness/bench.ts';
import type { Bench, BenchContext, Line, Sample, Target } from '../harness/bench.ts';
import { runProgram } from '../harness/program.ts';
import { fillTopic } from '../harness/note-taken.ts';
import type { Figure } from '../harness/statistics.ts';
import type { ConsumeAnswer, ConsumeOptions, OursOptions } from '../programs/record-counter.ts';

const KEYS = 1_000;
const RECORDS = 600_000;
const RECORDS_QUICK = 150_000;

const HANDLERS = [
  { what: '5 ms handler', handlerMs: 5 },
  { what: 'empty handler', handlerMs: 0 },
] as const;

/** A transaction each before records shared one, at commit a494d47 on two cores. */
const BEFORE_GROUPS = { perSecond: 1_145, cpuUs: 611 } as const;

type Handler = Pick<OursOptions, 'handler' | 'interceptor'>;
const OURS: Readonly<Record<string, Handler>> = {
  'no inbox': { handler: 'no inbox' },
  'no inbox, an interceptor': { handler: 'no inbox', interceptor: true },
  'repeatable effect': { handler: 'repeatable' },
  'outside effect': { handler: 'outside' },
  'a transaction each': { handler: 'transaction' },
  'shareTransaction: true': { handler: 'shared' },
  'batches of 200': { handler: 'batch' },
};

type Where = Pick<ConsumeOptions, 'address' | 'topic' | 'handlerMs'>;
type Figures = Readonly<Record<string, Record<string, Figure>>>;

/** How many records a second one process consumes, and what each costs, with the order of keys kept. */
export const consume: Bench = {
  name: 'consume',
  title: 'records a second that one process handles',
  method:
    '6 partitions, 1,000 keys, 420-byte events from a topic that is full already. Each side is a process of its own. It ' +
    'counts what it handles in a window after a warm-up, the processor time that it uses meanwhile, and records out of ' +
    'order within their key. ServerKafka and kafkajs handle all 6 partitions at once, do not validate and remember ' +
    'nothing. Ours validates, and does by the effect of the handler what a service does, with a PostgreSQL that syncs: ' +
    'nothing (`effect: repeatable, inbox: false`; once more with an interceptor, so that Nest has something to call around ' +
    'the handler), inbox only (`effect: repeatable`), claim and confirm (`effect: outside`), and a row that the handler ' +
    'writes in one transaction with the inbox: records that wait share one, one handler after the other; with ' +
    '`shareTransaction` at the same time; with `@OnEvents` 200 in one call, for which the 5 ms are once. In brackets: ours ' +
    'with the platformatic client.',
  async run(context) {
    const lines: Line[] = [];
    for (const { name, address } of await context.brokers()) {
      const topic = `bench-consume-${randomUUID()}`;
      await fillTopic(address, topic, context.quick ? RECORDS_QUICK : RECORDS, KEYS);
      for (const { what, handlerMs } of HANDLERS) {
        context.log(`${what}, ${name}`);
        const figures = await measure(context, { address, topic, handlerMs });
        for (const side of Object.keys(figures)) lines.push(lineOf(`${what}, ${name}`, side, handlerMs, figures));
      }
    }
    return lines;
  },
};

async function measure(context: BenchContext, where: Where): Promise<Figures> {
  const options = {
    ...where,
    ...(context.quick ? { warmUpMs: 500, windowMs: 1_000 } : { warmUpMs: 1_000, windowMs: 2_000 }),
  };
  const run = async (program: string, ours?: OursOptions): Promise<Sample> => ({
    ...(await runProgram<ConsumeAnswer>(program, { ...options, ours })),
  });
  const sides: Record<string, () => Promise<Sample>> = {
    'raw kafkajs': () => run('consume-kafkajs.ts'),
    ServerKafka: () => run('consume-server-kafka.ts'),
  };
  const isEmpty = where.handlerMs === 0;
  // Its stream hands over one record at a time, whatever the partition: a handler that waits would be compared with nothing.
  if (isEmpty && context.drivers.includes('platformatic'))
    sides['raw platformatic'] = () => run('consume-platformatic.ts');
  for (const driver of context.drivers) {
    for (const [name, handler] of Object.entries(OURS)) {
      if (handler.interceptor && !isEmpty) continue;
      sides[sideOf(name, driver)] = async () =>
        run('consume-ours.ts', { driver, ...handler, databaseUrl: await context.createDatabase() });
    }
  }
  return alternate<string>(context, sides);
}

function sideOf(name: string, driver: KafkaDriver): string {
  return driver === 'kafkajs' ? `ours, ${name}` : `ours, ${name} (${driver})`;
}

function lineOf(what: string, side: string, handlerMs: number, figures: Figures): Line {
  const { perSecond, cpuUs, outOfOrder } = figures[side]! as Record<keyof ConsumeAnswer, Figure>;
  const targets = targetsOf(side, handlerMs, figures);
  return {
    what,
    side,
    figure: perSecond,
    unit: 'records/s',
    cpuUs,
    ...(targets.length > 0 && { targets }),
    note: outOfOrder.max === 0 ? 'order kept' : `**${outOfOrder.max} out of order**`,
  };
}

function targetsOf(side: string, handlerMs: number, figures: Figures): Target[] {
  const { name, driver } = /^ours, (?<name>.+?)(?: \((?<driver>platformatic)\))?$/.exec(side)?.groups ?? {};
  if (name === undefined) return [];
  const { perSecond, cpuUs } = figures[side]! as Record<keyof ConsumeAnswer, Figure>;
  const ofServerKafka = (times: number): Target =>
    atLeast(times, perSecond, figures['ServerKafka']!['perSecond']!, 'ServerKafka');
  if (handlerMs > 0) {
    const cpuUsMax = Math.floor(BEFORE_GROUPS.cpuUs / 3);
    const targets: Readonly<Record<string, Target[]>> = {
      'no inbox': [ofServerKafka(20)],
      'outside effect': [ofServerKafka(5)],
      'a transaction each': [ofServerKafka(2.5), atMostValue(cpuUsMax, cpuUs, 'µs of CPU a record')],
      'shareTransaction: true': [ofServerKafka(8)],
    };
    return targets[name] ?? [];
  }
  const raw = driver === undefined ? 'raw kafkajs' : `raw ${driver}`;
  const theirs = figures[raw]! as Record<keyof ConsumeAnswer, Figure>;
  const ofRaw = atLeast(0.8, perSecond, theirs.perSecond, raw);
  const targets: Readonly<Record<string, Target[]>> = {
    'no inbox': [ofServerKafka(2.5), ofRaw, atMost(1, cpuUs, theirs.cpuUs, `the CPU of ${raw}`)],
    'no inbox, an interceptor': [ofServerKafka(2.5), ofRaw],
    'a transaction each': [
      atLeastValue(5_000, perSecond, 'records/s'),
      atLeastValue(4 * BEFORE_GROUPS.perSecond, perSecond, 'records/s, 4× what it was without groups'),
    ],
  };
  return targets[name] ?? [];
}
