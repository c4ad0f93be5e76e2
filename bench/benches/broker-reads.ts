import { alternate, atMostValue } from '../harness/bench.ts';
import type { Bench, BenchContext, Line, Sample } from '../harness/bench.ts';
import { RECORD_SIZES, RESIDENT_MB_MAX, besideKafka } from '../harness/beside-kafka.ts';
import { startLogBroker } from '../harness/log-broker.ts';
import { runProgram } from '../harness/program.ts';
import type { BrokerBacklogOptions } from '../programs/broker-backlog.ts';
import type { BrokerReadsOptions } from '../programs/broker-reads.ts';

/** Most of what is measured is the client, whose collector makes a round a tenth faster or slower than the next. */
const ROUNDS = 9;
const MEGABYTE = 1024 * 1024;

const WORK = {
  fetchMbPerSecond: { what: 'fetching', unit: 'MB/s' },
  consumePerSecond: { what: 'consume', unit: 'records/s' },
} as const;

/** How fast log-broker and Apache Kafka serve those who read. */
export const brokerReads: Bench = {
  name: 'broker-reads',
  title: 'Reading from log-broker and from Apache Kafka',
  method:
    'One partition that kafkajs has filled with batches of 500 records of random bytes. Fetching: a client that sends one ' +
    'request of a megabyte after the other, copies each answer into one buffer and counts its batches. Consume: kafkajs, each time with a new group, from the ' +
    'first batch to the last. The backlog is one partition of 1 KB records, read by kafkajs; BENCH_BACKLOG_GB makes it longer. ' +
    'Apache Kafka as it is set up at KAFKA_BOOTSTRAP.',
  async run(context) {
    const lines: Line[] = [];
    for (const [size, bytes] of RECORD_SIZES) lines.push(...(await reads(context, size, bytes)));
    lines.push(...(await backlog(context)));
    return lines;
  },
};

async function reads(context: BenchContext, size: string, bytes: number): Promise<Line[]> {
  const { quick } = context;
  const figures = await onBoth({ ...context, rounds: quick ? 1 : ROUNDS }, (address) =>
    runProgram<Sample>('broker-reads.ts', { address, bytes, quick } satisfies BrokerReadsOptions),
  );
  return Object.entries(WORK).flatMap(([work, { what, unit }]) =>
    besideKafka({ what: `${what}, ${size}`, unit }, 1, figures, work),
  );
}

async function backlog(context: BenchContext): Promise<Line[]> {
  const gigabytes = Number(process.env['BENCH_BACKLOG_GB'] ?? (context.quick ? 0.1 : 1));
  const what = `backlog of ${gigabytes} GB from its start`;
  // A long one varies less, and takes minutes.
  const rounds = gigabytes > 1 ? 1 : context.rounds;
  const figures = await onBoth({ ...context, rounds }, (address) =>
    runProgram<Sample>('broker-backlog.ts', {
      address,
      bytes: gigabytes * 1024 * MEGABYTE,
    } satisfies BrokerBacklogOptions),
  );
  const residentMb = figures['log-broker']!['residentMb']!;
  return [
    ...besideKafka({ what, unit: 'MB/s' }, 1, figures, 'readMbPerSecond'),
    {
      what: `${what}: memory`,
      side: 'log-broker',
      figure: residentMb,
      unit: 'MB',
      targets: [atMostValue(RESIDENT_MB_MAX, residentMb, 'MB')],
    },
  ];
}

async function onBoth(context: BenchContext, measure: (address: string) => Promise<Sample>) {
  const kafka = process.env['KAFKA_BOOTSTRAP'];
  const broker = await startLogBroker();
  try {
    return await alternate<string>(context, {
      ...(kafka !== undefined && { 'Apache Kafka': async () => measure(kafka) }),
      'log-broker': async () => ({ ...(await measure(broker.address)), residentMb: broker.residentMb() }),
    });
  } finally {
    await broker.stop();
  }
}
