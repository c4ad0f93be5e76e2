import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { javaArguments, kafkaTool } from './kafka-tools.ts';

export interface KafkaProcess {
  readonly address: string;
  /** SIGTERM: resolves when it has ended. */
  stop(): Promise<void>;
}

/** Any id of 16 bytes works; this one names its purpose. */
const CLUSTER_ID = Buffer.from('log-broker tests').toString('base64url');

/** Starts an Apache Kafka, broker and controller in one, on free ports of the loopback. It uses the data in `folder`, if a Kafka has written some. */
export async function startKafka(folder: string): Promise<KafkaProcess> {
  const [port, controllerPort] = [await freePort(), await freePort()];
  mkdirSync(folder, { recursive: true });
  const properties = join(folder, '..', 'server.properties');
  writeFileSync(properties, settings(folder, port, controllerPort));
  if (!existsSync(join(folder, 'meta.properties'))) {
    await kafkaTool('kafka.tools.StorageTool', ['format', '-t', CLUSTER_ID, '-c', properties, '--standalone']);
  }
  const args = javaArguments('kafka.Kafka', [properties], ['-Xmx384m', '-XX:TieredStopAtLevel=1', '-Drk.level=INFO']);
  const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // A failing test must not leave it running.
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const log: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      log.push(line);
      if (line.includes('Kafka Server started')) resolve();
    });
    ended.then(() => reject(new Error(`Kafka ended: ${log.slice(-20).join('\n')}`)), reject);
  });
  return {
    address: `127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function settings(folder: string, port: number, controllerPort: number): string {
  const listeners = `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    listeners,
    'advertised.listeners': listeners,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': folder,
    'group.initial.rebalance.delay.ms': 0,
    // As in log-broker, which keeps every group in the first partition.
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
