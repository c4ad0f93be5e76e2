import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { alternate, atLeast, atLeastValue, atMostValue } from '../harness/bench.ts';
import type { Bench, BenchContext, Line, Sample } from '../harness/bench.ts';
import { runProgram, startProgram } from '../harness/program.ts';
import { fillTopic } from '../harness/said.ts';
import type { Said } from '../harness/said.ts';
import { figureOf, latencyOf } from '../harness/statistics.ts';
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
    'PostgreSQL with fsync, log-broker.',
  async run(context) {
    const { quick, say } = context;
    const [broker] = await context.brokers();
    const { address } = broker!;
    const options = async (more: Partial<RelayOptions>): Promise<RelayOptions> => {
      const topic = `bench-relay-${randomUUID()}`;
      await fillTopic(address, topic, 0, KEYS);
      const databaseUrl = await context.createDatabase();
      return {
        address,
        topic,
        databaseUrl,
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
    say('a backlog');
    const sustained = await alternate(context, {
      theirs: drain('theirs', quick ? 1_000 : 2_000),
      ours: drain('ours', quick ? 10_000 : 50_000),
    });
    say(`${PER_SECOND} a second`);
    const latency = await alternate(context, { theirs: trickle('theirs'), ours: trickle('ours') });

    const grown = await growth(context, async (backlog) => drain('ours', backlog)());

    const lines: Line[] = [];
    const rows = { what: 'sustained', unit: 'rows/s' };
    const [ours, theirs] = [sustained.ours['perSecond']!, sustained.theirs['perSecond']!];
    lines.push(
      { ...rows, side: 'pg-transactional-outbox', figure: theirs },
      { ...rows, side: 'ours', figure: ours, targets: [atLeast(5, ours, theirs, 'pg-transactional-outbox')] },
      { ...rows, side: 'ours', figure: ours, targets: [atLeastValue(5_000, ours, 'rows/s')] },
    );
    const what = `commit → record at ${PER_SECOND}/s`;
    for (const name of ['p50', 'p99'] as const) {
      const figure = latency.ours[name]!;
      lines.push(
        {
          what: `${what}, ${name}`,
          side: 'pg-transactional-outbox',
          figure: latency.theirs[name]!,
          unit: 'ms',
          note: missing(latency.theirs['missing']!.max),
        },
        {
          what: `${what}, ${name}`,
          side: 'ours',
          figure,
          unit: 'ms',
          ...(name === 'p99'
            ? { targets: [atMostValue(50, figure, 'ms')] }
            : { note: missing(latency.ours['missing']!.max) }),
        },
      );
    }
    return [...lines, ...grown];
  },
};

/** What a row costs, however many wait behind it. */
async function growth(
  { quick, long, say }: Pick<BenchContext, 'quick' | 'long' | 'say'>,
  drain: (backlog: number) => Promise<Sample>,
): Promise<Line[]> {
  const lines: Line[] = [];
  const backlogs = quick ? [1_000, 10_000] : [1_000, 10_000, 100_000];
  for (const rows of long ? [...backlogs, 1_000_000] : backlogs) {
    const { perSecond } = await drain(rows);
    const line = { what: `backlog of ${rows.toLocaleString('en')} rows`, side: 'ours', unit: 'ms for 1,000 rows' };
    lines.push({ ...line, figure: figureOf([1_000_000 / perSecond!]) });
    say(`${line.what}: ${Math.round(perSecond!)} rows/s`);
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
        const { n } = JSON.parse(value!.toString()) as Said;
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
    // The first second warms up. A record can be seen a moment before its writer hears of the commit.
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
