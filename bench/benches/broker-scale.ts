import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { atLeast, alternate, atMostValue } from '../harness/bench.ts';
import type { BenchContext, Line, Sample } from '../harness/bench.ts';
import { startLogBroker } from '../harness/log-broker.ts';
import { runProgram } from '../harness/program.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { figureOf } from '../harness/statistics.ts';
import type { BrokerBacklogOptions } from '../programs/broker-backlog.ts';
import type { BrokerTopicsOptions } from '../programs/broker-topics.ts';

const TOPICS = 1_000;
const CONNECTIONS = 1_000;
const IDLE_MS = 5_000;
const MEGABYTE = 1024 * 1024;
const RESIDENT_MB_MAX = 120;

/** Much of everything: topics, connections that do nothing, a long log. */
export async function scale(context: BenchContext): Promise<Line[]> {
  return [...(await manyTopics(context)), ...(await idleConnections(context)), ...(await backlog(context))];
}

async function manyTopics({ log }: BenchContext): Promise<Line[]> {
  const folder = temporaryFolder();
  const first = await startLogBroker([], folder);
  const options: BrokerTopicsOptions = { address: first.address, topics: TOPICS };
  const { createMs, produceMs } = await runProgram<{ createMs: number; produceMs: number }>(
    'broker-topics.ts',
    options,
  );
  const residentMb = first.residentMb();
  await first.stop('keep');
  const second = await startLogBroker([], folder);
  await second.stop();
  log(`${TOPICS} topics: created in ${Math.round(createMs)} ms, started with in ${Math.round(second.startMs)} ms`);
  return [
    single(`${TOPICS} topics: created`, createMs, 'ms'),
    single(`${TOPICS} topics: a record to each`, produceMs, 'ms'),
    single(`${TOPICS} topics: start`, second.startMs, 'ms'),
    atMost(`${TOPICS} topics: memory`, residentMb, RESIDENT_MB_MAX, 'MB'),
  ];
}

async function idleConnections({ log, quick }: BenchContext): Promise<Line[]> {
  const broker = await startLogBroker();
  const [host = '', port] = broker.address.split(':');
  const sockets: Socket[] = [];
  for (let n = 0; n < CONNECTIONS; n++) {
    const socket = connect({ host, port: Number(port) });
    await once(socket, 'connect');
    sockets.push(socket);
  }
  const before = broker.cpuMs();
  // What is measured is that nothing happens.
  await delay(quick ? IDLE_MS / 5 : IDLE_MS);
  const cpuPercent = ((broker.cpuMs() - before) / (quick ? IDLE_MS / 5 : IDLE_MS)) * 100;
  const residentMb = broker.residentMb();
  for (const socket of sockets) socket.destroy();
  await broker.stop();
  log(`${CONNECTIONS} idle connections: ${Math.round(residentMb)} MB, ${cpuPercent} % of a processor`);
  return [
    atMost(`${CONNECTIONS} idle connections: memory`, residentMb, RESIDENT_MB_MAX, 'MB'),
    atMost(`${CONNECTIONS} idle connections: processor`, cpuPercent, 1, '%'),
  ];
}

async function backlog(context: BenchContext): Promise<Line[]> {
  const gigabytes = Number(process.env['BENCH_BACKLOG_GB'] ?? (context.quick ? 0.1 : 1));
  const what = `backlog of ${gigabytes} GB from its start`;
  const kafka = process.env['KAFKA_BOOTSTRAP'];
  const broker = await startLogBroker();
  try {
    const read = async (address: string): Promise<Sample> => {
      const options: BrokerBacklogOptions = { address, bytes: gigabytes * 1024 * MEGABYTE };
      return runProgram<Sample>('broker-backlog.ts', options);
    };
    const figures = await alternate<string>(
      { ...context, rounds: 1 },
      {
        ...(kafka !== undefined && { 'Apache Kafka': async () => read(kafka) }),
        'log-broker': async () => ({ ...(await read(broker.address)), residentMb: broker.residentMb() }),
      },
    );
    const theirs = figures['Apache Kafka'];
    const ours = figures['log-broker']!;
    const line = { what, side: 'log-broker', figure: ours['readMbPerSecond']!, unit: 'MB/s' };
    return [
      ...(theirs === undefined ? [] : [{ ...line, side: 'Apache Kafka', figure: theirs['readMbPerSecond']! }]),
      theirs === undefined
        ? line
        : { ...line, targets: [atLeast(1, line.figure, theirs['readMbPerSecond']!, 'Apache Kafka')] },
      atMost(`${what}: memory`, ours['residentMb']!.median, RESIDENT_MB_MAX, 'MB'),
    ];
  } finally {
    await broker.stop();
  }
}

function single(what: string, value: number, unit: string): Line {
  return { what, side: 'log-broker', figure: figureOf([value]), unit };
}

function atMost(what: string, value: number, max: number, unit: string): Line {
  const line = single(what, value, unit);
  return { ...line, targets: [atMostValue(max, line.figure, unit)] };
}
