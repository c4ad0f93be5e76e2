import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { atLeast, alternate } from '../harness/bench.ts';
import type { BenchContext, Line, Sample } from '../harness/bench.ts';
import { startLogBroker } from '../harness/log-broker.ts';

const RECORDS = 500_000;
const RECORDS_QUICK = 20_000;
const TARGET_RATIO = 0.7;

const WORK = {
  produced: (bytes: number) => `ProducerPerformance, ${bytes} B`,
  consumed: (bytes: number) => `ConsumerPerformance, ${bytes} B`,
} as const;

/** Kafka's own load programs on both brokers. Left out unless KAFKA_LIBS names the folder of an Apache Kafka's jars. */
export async function javaPrograms(context: BenchContext): Promise<Line[]> {
  const libs = process.env['KAFKA_LIBS'];
  if (libs === undefined) {
    context.log("Kafka's own programs left out: KAFKA_LIBS was not given");
    return [];
  }
  const lines: Line[] = [];
  for (const bytes of [100, 1_024]) lines.push(...(await compare(context, libs, bytes)));
  return lines;
}

async function compare(context: BenchContext, libs: string, bytes: number): Promise<Line[]> {
  const records = context.quick ? RECORDS_QUICK : RECORDS;
  const kafka = process.env['KAFKA_BOOTSTRAP'];
  const broker = await startLogBroker();
  try {
    const figures = await alternate<string>(context, {
      ...(kafka !== undefined && { 'Apache Kafka': async () => load(libs, kafka, records, bytes) }),
      'log-broker': async () => load(libs, broker.address, records, bytes),
    });
    const theirs = figures['Apache Kafka'];
    return Object.entries(WORK).flatMap(([work, what]) =>
      Object.entries(figures).map(([side, measured]) => {
        const line = { what: what(bytes), side, figure: measured[work]!, unit: 'records/s' };
        if (theirs === undefined || side === 'Apache Kafka') return line;
        return { ...line, targets: [atLeast(TARGET_RATIO, measured[work]!, theirs[work]!, 'Apache Kafka')] };
      }),
    );
  } finally {
    await broker.stop();
  }
}

async function load(libs: string, address: string, records: number, bytes: number): Promise<Sample> {
  const topic = `bench-java-${randomUUID()}`;
  const common = ['--bootstrap-server', address, '--topic', topic, '--num-records', String(records)];
  const produced = await tool(libs, 'ProducerPerformance', [
    ...common,
    ...['--record-size', String(bytes), '--throughput', '-1', '--command-property', 'acks=all'],
  ]);
  const consumed = await tool(libs, 'ConsumerPerformance', [...common, '--timeout', '30000']);
  const [titles = '', figures = ''] = consumed.trim().split('\n').slice(-2);
  return {
    // Its last line has the whole run.
    produced: Number(/([\d.]+) records\/sec/.exec(produced.trim().split('\n').at(-1) ?? '')?.[1]),
    // Without the time in which the group forms.
    consumed: Number(figures.split(', ')[titles.split(', ').indexOf('fetch.nMsg.sec')]),
  };
}

async function tool(libs: string, name: string, args: readonly string[]): Promise<string> {
  const run = promisify(execFile);
  const options = ['-Xmx512m', '-cp', `${libs}/*:${libs}`, '-Drk.level=ERROR', `org.apache.kafka.tools.${name}`];
  const { stdout } = await run('java', [...options, ...args]);
  return stdout;
}
