import { atLeast, alternate, atMostValue } from '../harness/bench.ts';
import type { Bench, BenchContext, Line, Sample, Target } from '../harness/bench.ts';
import { RECORD_SIZES, RESIDENT_MB_MAX } from '../harness/beside-kafka.ts';
import { startLogBroker } from '../harness/log-broker.ts';
import type { LogBrokerProcess } from '../harness/log-broker.ts';
import { runProgram } from '../harness/program.ts';
import { figureOf } from '../harness/statistics.ts';
import type { Figure } from '../harness/statistics.ts';
import type { BrokerClientOptions } from '../programs/broker-client.ts';
import { SMALL_REQUESTS_RATIO, javaPrograms } from './broker-java.ts';
import { kcatRuns } from './broker-kcat.ts';
import { scale } from './broker-scale.ts';

const WORK = {
  singlePerSecond: { what: 'one at a time', unit: 'records/s', isBetter: 'more' },
  singleP50: { what: 'one at a time, p50', unit: 'ms', isBetter: 'less' },
  singleP99: { what: 'one at a time, p99', unit: 'ms', isBetter: 'less' },
  concurrentPerSecond: { what: '16 at a time', unit: 'records/s', isBetter: 'more' },
  batchPerSecond: { what: 'batches of 500', unit: 'records/s', isBetter: 'more' },
  receiveP50: { what: 'produce → receive, p50', unit: 'ms', isBetter: 'less' },
  receiveP99: { what: 'produce → receive, p99', unit: 'ms', isBetter: 'less' },
} as const;

/** The two policies of log-broker. Apache Kafka leaves syncing to the system, which `interval` comes closest to. */
const FLUSHES = ['interval', 'always'] as const;

/** log-broker beside Apache Kafka, with the same client. */
export const broker: Bench = {
  name: 'broker',
  title: 'log-broker and Apache Kafka',
  method:
    'kafkajs in a process of its own, acks=all, one partition, random bytes; every kind of work warms up first. ' +
    'log-broker with --flush interval (each second, the default) and always (before the answer). Apache Kafka as it ' +
    'is set up at KAFKA_BOOTSTRAP, which leaves syncing to the system. Start: from spawning the process to the line ' +
    "that reports it ready. Kafka's own programs with acks=all, when KAFKA_LIBS names its jars; with a request for each " +
    'record: batch.size=1. kcat (librdkafka), when it is on the path, with five requests at a time on their way; its start ' +
    'is counted.',
  async run(context) {
    const lines = await startAndMemory(context);
    for (const [size, bytes] of RECORD_SIZES) {
      context.log(size);
      lines.push(...(await compare(context, size, bytes)));
    }
    lines.push(...(await javaPrograms(context)));
    lines.push(...(await kcatRuns(context)));
    lines.push(...(await scale(context)));
    return lines;
  },
};

async function startAndMemory({ quick, log }: BenchContext): Promise<Line[]> {
  const starts: number[] = [];
  for (let n = 0; n < (quick ? 2 : 7); n++) {
    const process = await startLogBroker();
    starts.push(process.startMs);
    await process.stop();
  }
  const started = figureOf(starts);
  log(`listening after ${Math.round(started.median)} ms`);
  return [
    { what: 'start', side: 'log-broker', figure: started, unit: 'ms', targets: [atMostValue(250, started, 'ms')] },
  ];
}

async function compare(context: BenchContext, size: string, bytes: number): Promise<Line[]> {
  const running = new Map<string, LogBrokerProcess>();
  for (const flush of FLUSHES) running.set(flush, await startLogBroker(['--flush', flush]));
  try {
    const client = async (address: string): Promise<Sample> => {
      const options: BrokerClientOptions = { address, bytes, windowMs: context.quick ? 500 : 1_500 };
      return runProgram<Sample>('broker-client.ts', options);
    };
    const kafka = process.env['KAFKA_BOOTSTRAP'];
    const ofOurs = (flush: string) => async (): Promise<Sample> => {
      const process = running.get(flush)!;
      return { ...(await client(process.address)), residentMb: process.residentMb() };
    };
    if (kafka !== undefined) await client(kafka); // A JVM needs more warm-up than the rounds give it.
    const figures = await alternate<string>(context, {
      ...(kafka !== undefined && { 'Apache Kafka': async () => client(kafka) }),
      ...Object.fromEntries(FLUSHES.map((flush) => [`log-broker, ${flush}`, ofOurs(flush)])),
    });
    return linesOf(size, figures);
  } finally {
    for (const process of running.values()) await process.stop();
  }
}

function linesOf(size: string, figures: Readonly<Record<string, Record<string, Figure>>>): Line[] {
  const theirs = figures['Apache Kafka'];
  const lines: Line[] = [];
  for (const [work, { what, unit, isBetter }] of Object.entries(WORK)) {
    for (const [side, measured] of Object.entries(figures)) {
      const line = { what: `${what}, ${size}`, side, figure: measured[work]!, unit };
      // What `always` promises, Apache Kafka does not: there is nothing to compare it with.
      if (theirs === undefined || side !== 'log-broker, interval') lines.push(line);
      else lines.push({ ...line, targets: [better(isBetter, measured[work]!, theirs[work]!, timesOf(work, size))] });
    }
  }
  const resident = figures['log-broker, interval']!['residentMb']!;
  lines.push({
    what: `memory after all this, ${size}`,
    side: 'log-broker, interval',
    figure: resident,
    unit: 'MB',
    targets: [atMostValue(RESIDENT_MB_MAX, resident, 'MB')],
  });
  return lines;
}

/** With records of 1 KB kafkajs is busy with itself, and no broker can be 1.5 times as fast as another. */
function timesOf(work: string, size: string): number {
  return work === 'concurrentPerSecond' && size === '100 B' ? SMALL_REQUESTS_RATIO : 1;
}

function better(is: 'more' | 'less', ours: Figure, theirs: Figure, times: number): Target {
  return is === 'more'
    ? atLeast(times, ours, theirs, 'Apache Kafka')
    : atLeast(1, theirs, ours, 'the speed of Apache Kafka');
}
