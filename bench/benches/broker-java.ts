import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { alternate } from '../harness/bench.ts';
import type { BenchContext, Line, Sample } from '../harness/bench.ts';
import { RECORD_SIZES, besideKafka } from '../harness/beside-kafka.ts';
import { startLogBroker } from '../harness/log-broker.ts';

const RECORDS = 500_000;
const RECORDS_QUICK = 20_000;
/** Fewer, as each is a request of its own, and enough that the JVM of the client has compiled most of the time. */
const RECORDS_ALONE = 150_000;
const RECORDS_ALONE_QUICK = 5_000;
const TARGET_RATIO = 0.7;
/** What is expected of small requests, several of which are on their way. */
export const SMALL_REQUESTS_RATIO = 1.5;

const WORK = {
  produced: { what: (bytes: number) => `ProducerPerformance, ${bytes} B`, times: TARGET_RATIO },
  producedAlone: {
    what: (bytes: number) => `ProducerPerformance, a request for each record, ${bytes} B`,
    times: SMALL_REQUESTS_RATIO,
  },
  consumed: { what: (bytes: number) => `ConsumerPerformance, ${bytes} B`, times: TARGET_RATIO },
} as const;

/** Kafka's own load programs on both brokers. Left out unless KAFKA_LIBS names the folder of an Apache Kafka's jars. */
export async function javaPrograms(context: BenchContext): Promise<Line[]> {
  const libs = process.env['KAFKA_LIBS'];
  if (libs === undefined) {
    context.log("Kafka's own programs left out: KAFKA_LIBS was not given");
    return [];
  }
  const lines: Line[] = [];
  for (const [, bytes] of RECORD_SIZES) lines.push(...(await compare(context, libs, bytes)));
  return lines;
}

async function compare(context: BenchContext, libs: string, bytes: number): Promise<Line[]> {
  const counts = context.quick
    ? { records: RECORDS_QUICK, alone: RECORDS_ALONE_QUICK }
    : { records: RECORDS, alone: RECORDS_ALONE };
  const kafka = process.env['KAFKA_BOOTSTRAP'];
  const broker = await startLogBroker();
  try {
    const figures = await alternate<string>(context, {
      ...(kafka !== undefined && { 'Apache Kafka': async () => load(libs, kafka, counts, bytes) }),
      'log-broker': async () => load(libs, broker.address, counts, bytes),
    });
    return Object.entries(WORK).flatMap(([work, { what, times }]) =>
      besideKafka({ what: what(bytes), unit: 'records/s' }, times, figures, work),
    );
  } finally {
    await broker.stop();
  }
}

async function load(
  libs: string,
  address: string,
  { records, alone }: { readonly records: number; readonly alone: number },
  bytes: number,
): Promise<Sample> {
  const produce = async (topic: string, count: number, ...properties: string[]): Promise<number> => {
    const produced = await tool(libs, 'ProducerPerformance', [
      ...['--bootstrap-server', address, '--topic', topic, '--num-records', String(count)],
      ...['--record-size', String(bytes), '--throughput', '-1', '--command-property', 'acks=all', ...properties],
    ]);
    // Its last line has the whole run.
    return Number(/([\d.]+) records\/sec/.exec(produced.trim().split('\n').at(-1) ?? '')?.[1]);
  };
  const topic = `bench-java-${randomUUID()}`;
  const produced = await produce(topic, records);
  const consumed = await tool(libs, 'ConsumerPerformance', [
    ...['--bootstrap-server', address, '--topic', topic, '--num-records', String(records), '--timeout', '30000'],
  ]);
  const [titles = '', figures = ''] = consumed.trim().split('\n').slice(-2);
  return {
    produced,
    producedAlone: await produce(`${topic}-alone`, alone, 'batch.size=1', 'linger.ms=0'),
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
