import { statfsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryFileSystem, startBroker } from '../src/index.ts';
import type { BrokerSettings, RunningBroker } from '../src/index.ts';
import { kafkajsClient } from './kafkajs-client.ts';
import { temporaryFolder } from './broker-process.ts';

const MEGABYTE = 1024 * 1024;

let broker: RunningBroker | undefined;
afterEach(async () => broker?.close());

async function start(settings: Partial<BrokerSettings>): Promise<RunningBroker> {
  const health = { host: '127.0.0.1', port: 0 };
  broker = await startBroker({ data: 'memory', listen: { port: 0 }, health, ...settings });
  return broker;
}

async function produce({ host, port }: RunningBroker, value: string | Buffer): Promise<void> {
  const producer = kafkajsClient(`${host}:${port}`).producer({ retry: { retries: 0 } });
  await producer.connect();
  try {
    await producer.send({ topic: 'measured', messages: [{ value }] });
  } finally {
    await producer.disconnect();
  }
}

/** Undefined when the broker does not report it. */
async function metric({ healthPort }: RunningBroker, name: string): Promise<number | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`log_broker_${name} `));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
}

describe('the metrics of the disk', () => {
  it('count each sync and the time that it took', async () => {
    const syncing = await start({ files: new MemoryFileSystem(), flush: 'always' });
    const before = (await metric(syncing, 'sync_duration_seconds_count'))!;
    await produce(syncing, 'a record');
    expect((await metric(syncing, 'sync_duration_seconds_count'))! - before).toBeGreaterThan(0);
    expect(await metric(syncing, 'sync_duration_seconds_bucket{le="+Inf"}')).toBe(
      await metric(syncing, 'sync_duration_seconds_count'),
    );
    expect(await metric(syncing, 'sync_duration_seconds_sum')).toBeGreaterThan(0);
  });

  it('report how much is free, and count what a full disk did not take', async () => {
    const files = new MemoryFileSystem();
    files.capacityBytes = MEGABYTE;
    const small = await start({ files });
    await produce(small, Buffer.alloc(MEGABYTE / 2, 'x'));
    expect(await metric(small, 'failed_appends_total')).toBe(0);
    expect(await metric(small, 'disk_bytes')).toBe(MEGABYTE);
    expect(await metric(small, 'disk_free_bytes')).toBeLessThan(MEGABYTE / 2);
    await expect(produce(small, Buffer.alloc(MEGABYTE / 2, 'y'))).rejects.toThrow('Disk error');
    expect(await metric(small, 'failed_appends_total')).toBe(1);
  });

  it('are those of the disk with the data folder', async () => {
    const folder = temporaryFolder();
    const onDisk = await start({ data: folder.path });
    const { blocks, bsize } = statfsSync(folder.path);
    expect(await metric(onDisk, 'disk_bytes')).toBe(blocks * bsize);
    expect(await metric(onDisk, 'disk_free_bytes')).toBeGreaterThan(0);
    await onDisk.close();
    folder.remove();
  });
});
