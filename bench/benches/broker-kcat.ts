import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alternate } from '../harness/bench.ts';
import type { BenchContext, Line, Sample } from '../harness/bench.ts';
import { RECORD_SIZES, besideKafka } from '../harness/beside-kafka.ts';
import { startLogBroker } from '../harness/log-broker.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { SMALL_REQUESTS_RATIO } from './broker-java.ts';

const WORK = {
  producedAlone: { what: 'kcat, a request for each record', times: SMALL_REQUESTS_RATIO },
  consumed: { what: 'kcat, reading', times: 1 },
} as const;

/** As many as Kafka's own producer has on their way. */
const REQUESTS_AT_ONCE = 5;
const RECORDS_ALONE = 60_000;
const BYTES_TO_CONSUME = 100 * 1024 * 1024;
const TIMES_CONSUMED = 3;
const QUICK_TIMES = 0.05;

/** kcat, which is librdkafka, on both brokers: of all clients it leaves most of the processor to the broker. Left out without the command. */
export async function kcatRuns(context: BenchContext): Promise<Line[]> {
  try {
    await kcat(['-V']);
  } catch {
    context.log('kcat left out: the command was not found');
    return [];
  }
  const lines: Line[] = [];
  for (const [size, bytes] of RECORD_SIZES) {
    lines.push(...(await compare(context, size, bytes)));
  }
  return lines;
}

async function compare(context: BenchContext, size: string, bytes: number): Promise<Line[]> {
  const times = context.quick ? QUICK_TIMES : 1;
  const folder = temporaryFolder();
  const kafka = process.env['KAFKA_BOOTSTRAP'];
  const broker = await startLogBroker();
  try {
    const alone = linesOf(join(folder.path, 'alone'), RECORDS_ALONE * times, bytes);
    const many = linesOf(join(folder.path, 'many'), (BYTES_TO_CONSUME / bytes) * times, bytes);
    const first = linesOf(join(folder.path, 'first'), 1, bytes);
    const side = async (address: string): Promise<() => Promise<Sample>> => {
      const topic = await filledTopic(address, many.file);
      return async () => ({
        producedAlone: await produceAlone(address, await filledTopic(address, first.file), alone),
        consumed: await consumeRepeatedly(address, topic, many.count),
      });
    };
    const figures = await alternate<string>(context, {
      ...(kafka !== undefined && { 'Apache Kafka': await side(kafka) }),
      'log-broker': await side(broker.address),
    });
    return Object.entries(WORK).flatMap(([work, { what, times: ratio }]) =>
      besideKafka({ what: `${what}, ${size}`, unit: 'records/s' }, ratio, figures, work),
    );
  } finally {
    await broker.stop();
    folder.remove();
  }
}

/** A file of records, one on each line, which is how kcat takes them. */
interface RecordFile {
  readonly file: string;
  readonly count: number;
}

function linesOf(file: string, records: number, bytes: number): RecordFile {
  const count = Math.floor(records);
  const lines = Array.from({ length: count }, () => randomBytes(bytes / 2).toString('hex'));
  writeFileSync(file, `${lines.join('\n')}\n`);
  return { file, count };
}

async function filledTopic(address: string, file: string): Promise<string> {
  const topic = `bench-kcat-${randomUUID()}`;
  await kcat(['-P', ...to(address, topic), '-l', file]);
  return topic;
}

/** Records a second, with the start of the client. */
async function produceAlone(address: string, topic: string, { file, count }: RecordFile): Promise<number> {
  const properties = ['batch.num.messages=1', 'linger.ms=0', `max.in.flight=${REQUESTS_AT_ONCE}`];
  const ms = await kcat(['-P', ...to(address, topic), ...properties.flatMap((one) => ['-X', one]), '-l', file]);
  return (count * 1_000) / ms;
}

/** Records a second, with the start of the client. The first time is a warm-up. */
async function consumeRepeatedly(address: string, topic: string, count: number): Promise<number> {
  // librdkafka stops reading for a second when its queue is full.
  const queue = ['queued.min.messages=10000000', 'queued.max.messages.kbytes=1048576'].flatMap((one) => ['-X', one]);
  const consume = () => kcat(['-C', ...to(address, topic), ...queue, '-o', 'beginning', '-c', String(count)]);
  await consume();
  let ms = 0;
  for (let n = 0; n < TIMES_CONSUMED; n++) ms += await consume();
  return (count * TIMES_CONSUMED * 1_000) / ms;
}

function to(address: string, topic: string): string[] {
  return ['-q', '-b', address, '-t', topic, '-p', '0', '-X', 'acks=all'];
}

/** Runs it to its end, without its output, and returns the milliseconds that it took. */
async function kcat(args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  const child = spawn('kcat', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`kcat ${args.join(' ')} ended with ${code}`);
  return performance.now() - startedAt;
}
