import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { alternate, atLeast, atLeastValue, atMostValue } from '../harness/bench.ts';
import type { Bench, BenchContext, Line, Sample } from '../harness/bench.ts';
import { runProgram, startProgram } from '../harness/program.ts';
import { fillTopic } from '../harness/note-taken.ts';
import type { Note } from '../harness/note-taken.ts';
import { figureOf, latencyOf } from '../harness/statistics.ts';
import type { Figure } from '../harness/statistics.ts';
import type { RelayOptions } from '../programs/relay-clock.ts';

const KEYS = 1_000;
const PER_SECOND = 500;
/** For the last records to come, once the last one was written. */
const STRAGGLERS_MS = 15_000;
const SIDES = { ours: 'relay-ours.ts', theirs: 'relay-pg-transactional-outbox.ts' } as const;

/** From the outbox in PostgreSQL to the broker. */
export const relay: Bench = {
  name: 'relay',
  title: 'outbox to broker',
  method:
    'Sustained: a backlog of rows with 1,000 keys, from its first fifth to its end. Latency: 500 transactions a second ' +
    'with one event each, from the end of COMMIT to the record in the hands of a consumer that waits for it. ' +
    'pg-transactional-outbox 0.5.7 polls every 10 ms in batches of 100 with a segment for each key, which is how it ' +
    'keeps the order of a key, and without its optional protections; it gets the smaller backlog because its query ' +
    'sorts all of what waits. Growth: what a row of backlogs of several sizes costs; `--long` adds a million rows. ' +
    'PostgreSQL with fsync.',
  async run(context) {
    const { quick, log } = context;
    const lines: Line[] = [];
    for (const { name, address } of await context.brokers()) {
      const suffix = name === 'log-broker' ? '' : `, ${name}`;
      const options = async (more: Partial<RelayOptions>): Promise<RelayOptions> => {
        const topic = `bench-relay-${randomUUID()}`;
        await fillTopic(address, topic, 0, KEYS);
        return {
          address,
          topic,
          driver: context.drivers[0],
          databaseUrl: await context.createDatabase(),
          keys: KEYS,
          perSecond: PER_SECOND,
          backlog: 0,
          seconds: quick ? 2 : 5,
          ...more,
        };
      };
      const drain = (side: keyof typeof SIDES, backlog: number) => async (): Promise<Sample> => {
        return runProgram<{ perSecond: number }>(SIDES[side], await options({ backlog }));
      };
      const trickle = (side: keyof typeof SIDES) => async (): Promise<Sample> => {
        return measureLatency(SIDES[side], await options({}));
      };
      log(`a backlog${suffix}`);
      const sustained = await alternate(context, {
        theirs: drain('theirs', quick ? 1_000 : 2_000),
        ours: drain('ours', quick ? 10_000 : 50_000),
      });
      log(`${PER_SECOND} a second${suffix}`);
      const latency = await alternate(context, { theirs: trickle('theirs'), ours: trickle('ours') });
      lines.push(...linesOf(suffix, sustained, latency));
      if (suffix === '') lines.push(...(await growth(context, async (backlog) => drain('ours', backlog)())));
    }
    return lines;
  },
};

type Figures = Readonly<Record<keyof typeof SIDES, Record<string, Figure>>>;

function linesOf(suffix: string, sustained: Figures, latency: Figures): Line[] {
  const rows = { what: `sustained${suffix}`, unit: 'rows/s' };
  const [ours, theirs] = [sustained.ours['perSecond']!, sustained.theirs['perSecond']!];
  const targets = [atLeast(5, ours, theirs, 'pg-transactional-outbox'), atLeastValue(5_000, ours, 'rows/s')];
  const lines: Line[] = [
    { ...rows, side: 'pg-transactional-outbox', figure: theirs },
    { ...rows, side: 'ours', figure: ours, targets },
  ];
  for (const name of ['p50', 'p99'] as const) {
    const line = { what: `commit → record at ${PER_SECOND}/s, ${name}${suffix}`, unit: 'ms' };
    const figure = latency.ours[name]!;
    lines.push(
      {
        ...line,
        side: 'pg-transactional-outbox',
        figure: latency.theirs[name]!,
        note: missing(latency.theirs['missing']!.max),
      },
      {
        ...line,
        side: 'ours',
        figure,
        ...(name === 'p99' && { targets: [atMostValue(50, figure, 'ms')] }),
        note: missing(latency.ours['missing']!.max),
      },
    );
  }
  return lines;
}

/** What a row costs, however many wait behind it. */
async function growth(
  { quick, long, log }: Pick<BenchContext, 'quick' | 'long' | 'log'>,
  drain: (backlog: number) => Promise<Sample>,
): Promise<Line[]> {
  const lines: Line[] = [];
  const backlogs = quick ? [1_000, 10_000] : [1_000, 10_000, 100_000];
  for (const rows of long ? [...backlogs, 1_000_000] : backlogs) {
    const { perSecond } = await drain(rows);
    const line = { what: `backlog of ${rows.toLocaleString('en')} rows`, side: 'ours', unit: 'ms for 1,000 rows' };
    lines.push({ ...line, figure: figureOf([1_000_000 / perSecond!]) });
    log(`${line.what}: ${Math.round(perSecond!)} rows/s`);
  }
  return lines;
}

async function measureLatency(program: string, options: RelayOptions): Promise<Sample> {
  const receivedAt = new Map<number, number>();
  const kafka = new Kafka({ brokers: [options.address], clientId: 'bench', logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 500 });
  await consumer.connect();
  await consumer.subscribe({ topic: options.topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const at = performance.timeOrigin + performance.now();
      for (const { value } of batch.messages) {
        const { n } = JSON.parse(value!.toString()) as Note;
        if (!receivedAt.has(n)) receivedAt.set(n, at);
      }
    },
  });
  const running = startProgram(program, options);
  try {
    const { committedAt } = await running.next<{ committedAt: number[] }>();
    const giveUpAt = performance.now() + STRAGGLERS_MS;
    while (receivedAt.size < committedAt.length && performance.now() < giveUpAt)
      await new Promise((resolve) => setTimeout(resolve, 20));
    // The first second warms up. A record can arrive a moment before its writer knows of the commit.
    const latencies = committedAt
      .map((at, n) => Math.max(0, (receivedAt.get(n) ?? Number.POSITIVE_INFINITY) - at))
      .slice(options.perSecond);
    return { ...latencyOf(latencies), missing: committedAt.length - receivedAt.size };
  } finally {
    await running.stop();
    await consumer.disconnect();
  }
}

function missing(count: number): string {
  return count === 0 ? 'all arrived' : `${count} had not arrived ${STRAGGLERS_MS / 1_000} s later`;
}
