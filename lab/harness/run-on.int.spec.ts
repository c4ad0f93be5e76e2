import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../bench/harness/temporary-folder.ts';
import { loadExperiments } from '../experiments/all.ts';
import type { BrokerSwitch, Experiment } from './experiment.ts';
import { findSystem, isFound, messageOf } from './find-systems.ts';
import type { Found } from './find-systems.ts';
import { isListening } from './listening.ts';
import { runOn } from './run-on.ts';

const OPTIONS = { quick: true, sabotaged: false, seed: 16 } as const;
const template = (await loadExperiments()).find(({ id }) => id === '02a')!;

let system: Found;

beforeAll(async () => {
  system = await found({});
});

afterAll(async () => system.close());

async function found(env: Record<string, string>): Promise<Found> {
  const result = await findSystem('log-broker', env);
  if (!isFound(result)) throw new Error(result.reason.en);
  return result;
}

/** What the lab says of an experiment that fails. */
async function failureOf(run: Experiment['run']['log-broker'], on = system): Promise<string> {
  return runOn({ ...template, run: { 'log-broker': run! } }, on, OPTIONS).then(
    () => 'none',
    (error: unknown) => messageOf(error),
  );
}

test('a broker that an experiment has killed is started again when the experiment fails, and its topics are deleted', async () => {
  const failure = await failureOf(async (client, lab) => {
    await client.create();
    await lab.broker!.kill();
    throw new Error('broken');
  });
  expect(failure).toBe('broken');
  const admin = new Kafka({ brokers: [system.address], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  onTestFinished(async () => admin.disconnect());
  expect((await admin.listTopics()).filter((topic) => topic.startsWith('lab-'))).toEqual([]);
});

test('an experiment whose start of the broker fails once has it started at its end', async () => {
  let starts = 0;
  const broker = {
    kill: async () => system.broker!.kill(),
    start: async () => {
      if (starts++ === 0) throw new Error('the port is taken');
      await system.broker!.start();
    },
  };
  const failure = await failureOf(
    async (_, lab) => {
      await lab.broker!.kill();
      await lab.broker!.start();
      return {};
    },
    { ...system, broker },
  );
  expect(failure).toBe('the port is taken');
  expect(await isListening(system.address)).toBe(true);
});

test('when the clean-up fails after the experiment, both errors are told, the first one first', async () => {
  const failure = await failureOf(async (_, lab) => {
    lab.closeAtEnd(async () => {
      throw new Error('cannot be closed');
    });
    throw new Error('broken');
  });
  expect(failure).toBe('broken; cannot be closed');
});

test('an experiment that has ended cannot kill the broker any more', async () => {
  let late: (() => Promise<void>) | undefined;
  await failureOf(async (_, lab) => {
    late = async () => lab.broker!.kill();
    throw new Error('broken');
  });
  await expect(late!()).rejects.toThrow('the experiment has ended');
  expect(await isListening(system.address)).toBe(true);
});

/** As a container in front of the broker: its port accepts connections whatever the broker does. */
async function portInFront(): Promise<{ place: string; port: Server; isReady: boolean }> {
  const [host, port] = system.address.split(':');
  const server = createServer((socket) => {
    if (!inFront.isReady) {
      socket.destroy();
      return;
    }
    const behind = connect({ host: host!, port: Number(port) });
    socket.pipe(behind).pipe(socket);
    for (const end of [socket, behind]) end.on('error', () => {});
  });
  const inFront = { place: '', port: server, isReady: true };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  inFront.place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return inFront;
}

async function switchAt(place: string): Promise<BrokerSwitch> {
  const commands = { LAB_LOG_BROKER_KILL: 'true', LAB_LOG_BROKER_START: 'true' };
  return (await found({ LAB_LOG_BROKER_BOOTSTRAP: place, ...commands })).broker!;
}

/** Whether somebody connects before it has ended. */
async function isLookedAtBefore(ended: Promise<void>, { port }: { port: Server }): Promise<boolean> {
  return Promise.race([once(port, 'connection').then(() => true), ended.then(() => false)]);
}

test('a kill has ended when nothing listens any more, and not when the signal was sent', async () => {
  const inFront = await portInFront();
  const broker = await switchAt(inFront.place);
  const killed = broker.kill();
  expect(await isLookedAtBefore(killed, inFront)).toBe(true);
  inFront.port.close();
  await killed;
  expect(await isListening(inFront.place)).toBe(false);
});

test('a start has ended when the broker answers, and not when its port accepts connections', async () => {
  const inFront = await portInFront();
  const broker = await switchAt(inFront.place);
  inFront.isReady = false;
  const started = broker.start();
  expect(await isLookedAtBefore(started, inFront)).toBe(true);
  inFront.isReady = true;
  await started;
});

test('the process of a broker is read from its file each time, and not known while there is none', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const file = join(folder.path, 'broker.pid');
  const { usage } = await found({ LAB_LOG_BROKER_BOOTSTRAP: system.address, LAB_LOG_BROKER_PID: file });
  expect(usage!()).toEqual({});

  writeFileSync(file, `${process.pid}\n`);
  expect(usage!().memoryMb).toBeGreaterThan(1);

  const ended = spawn('true');
  await once(ended, 'close');
  writeFileSync(file, String(ended.pid));
  expect(usage!()).toEqual({});
  rmSync(file);
  expect(usage!()).toEqual({});
});
