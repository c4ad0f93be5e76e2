import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { atMostValue } from '../harness/bench.ts';
import type { BenchContext, Line } from '../harness/bench.ts';
import { RESIDENT_MB_MAX } from '../harness/beside-kafka.ts';
import { startLogBroker } from '../harness/log-broker.ts';
import type { LogBrokerProcess } from '../harness/log-broker.ts';
import { runProgram } from '../harness/program.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { figureOf } from '../harness/statistics.ts';
import type { BrokerTopicsOptions } from '../programs/broker-topics.ts';

const TOPICS = 1_000;
/** The goal of the line: a broker that many projects share. */
const TOPICS_TO_RESTART_WITH = 10_000;
const RESTART_MS_MAX = 2_000;
const RESTARTS = 5;
const CONNECTIONS = 1_000;
const IDLE_MS = 5_000;

/** Much of everything: topics, connections that do nothing. */
export async function scale(context: BenchContext): Promise<Line[]> {
  return [...(await manyTopics(context)), ...(await restarts(context)), ...(await idleConnections(context))];
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

/** From the spawn of the process to the answer to a client that requests the metadata of all topics. */
async function restarts({ log, quick }: BenchContext): Promise<Line[]> {
  const topics = quick ? TOPICS : TOPICS_TO_RESTART_WITH;
  const folder = temporaryFolder();
  const first = await startLogBroker([], folder);
  const options: BrokerTopicsOptions = { address: first.address, topics };
  await runProgram('broker-topics.ts', options);
  await first.stop('keep');
  const afterStop: number[] = [];
  for (let n = 0; n < RESTARTS; n++) {
    const { broker, answeredMs } = await startAndAsk(folder);
    afterStop.push(answeredMs);
    await broker.stop('keep');
  }
  const afterKill: number[] = [];
  // The first follows a clean shutdown, and is killed.
  await (await startAndAsk(folder)).broker.kill();
  for (let n = 0; n < RESTARTS; n++) {
    const { broker, answeredMs } = await startAndAsk(folder);
    afterKill.push(answeredMs);
    await broker.kill();
  }
  folder.remove();
  const [stopped, killed] = [figureOf(afterStop), figureOf(afterKill)];
  log(
    `${topics} topics: answers ${Math.round(stopped.median)} ms after a start, ${Math.round(killed.median)} after kill -9`,
  );
  const line = { side: 'log-broker', unit: 'ms' };
  const what = `${topics.toLocaleString('en')} topics: start → metadata`;
  return [
    { ...line, what, figure: stopped, targets: [atMostValue(RESTART_MS_MAX, stopped, 'ms')] },
    { ...line, what: `${what}, after kill -9`, figure: killed, targets: [atMostValue(RESTART_MS_MAX, killed, 'ms')] },
  ];
}

async function startAndAsk(
  folder: ReturnType<typeof temporaryFolder>,
): Promise<{ broker: LogBrokerProcess; answeredMs: number }> {
  const began = performance.now();
  const broker = await startLogBroker([], folder);
  const admin = new Kafka({ brokers: [broker.address], clientId: 'bench', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.listTopics();
  const answeredMs = performance.now() - began;
  await admin.disconnect();
  return { broker, answeredMs };
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

function single(what: string, value: number, unit: string): Line {
  return { what, side: 'log-broker', figure: figureOf([value]), unit };
}

function atMost(what: string, value: number, max: number, unit: string): Line {
  const line = single(what, value, unit);
  return { ...line, targets: [atMostValue(max, line.figure, unit)] };
}
