import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBroker } from '../../src/index.ts';
import type { RunningBroker } from '../../src/index.ts';
import { temporaryFolder } from '../broker-process.ts';
import { kafkajsClient } from '../kafkajs-client.ts';
import { isOnPath, runCommand } from './run-command.ts';

// kcat uses librdkafka, as clients in Python, Go, Rust, .NET, PHP and Ruby do.

const LINES = Array.from({ length: 50 }, (_, i) => `k${i % 5}:value ${i}`);

describe.skipIf(!isOnPath('kcat'))('kcat on log-broker (needs the command kcat)', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let broker: RunningBroker;
  let address = '';

  beforeAll(async () => {
    folder = temporaryFolder();
    broker = await startBroker({ data: folder.path, listen: { port: 0 }, defaultPartitions: 3 });
    address = `${broker.host}:${broker.port}`;
  });

  afterAll(async () => {
    await broker.close();
    folder.remove();
  });

  const kcat = (args: readonly string[], input = '') => runCommand('kcat', ['-b', address, ...args], input);
  const lines = (text: string) => text.split('\n').filter((line) => line !== '');

  it('lists brokers and topics, and creates a topic by a metadata request', async () => {
    expect(await kcat(['-L', '-t', 'created'])).toContain('topic "created" with 3 partitions');
    expect(await kcat(['-L'])).toContain(`broker 1 at ${address} (controller)`);
  });

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('produces and consumes, compression %s', async (codec) => {
    const topic = `records-${codec}`;
    await kcat(['-P', '-t', topic, '-K:', '-z', codec, '-X', 'enable.idempotence=true'], LINES.join('\n'));
    const read = lines(await kcat(['-C', '-q', '-t', topic, '-e', '-K:']));
    expect(read.toSorted()).toEqual(LINES.toSorted());
    for (const key of ['k0', 'k1', 'k2', 'k3', 'k4']) {
      const ofKey = (all: string[]) => all.filter((line) => line.startsWith(`${key}:`));
      expect(ofKey(read)).toEqual(ofKey(LINES));
    }
  });

  it('consumes in a group and continues where it has committed', async () => {
    await kcat(['-P', '-t', 'grouped'], 'one\ntwo\n');
    const group = ['-q', '-X', 'auto.offset.reset=earliest', '-G', 'group', 'grouped'];
    expect(lines(await kcat(['-c', '2', ...group])).toSorted()).toEqual(['one', 'two']);
    await kcat(['-P', '-t', 'grouped'], 'three\n');
    expect(lines(await kcat(['-c', '1', ...group]))).toEqual(['three']);
  });

  it('finds an offset by timestamp', async () => {
    await kcat(['-P', '-t', 'timed', '-p', '0'], 'one\n');
    expect(await kcat(['-Q', '-t', 'timed:0:1000'])).toContain('timed [0] offset 0');
  });

  it('produces in a transaction', async () => {
    await kcat(['-P', '-t', 'transactional', '-p', '0', '-X', 'transactional.id=kcat'], 'one\ntwo\n');
    const committedOnly = ['-X', 'isolation.level=read_committed'];
    expect(lines(await kcat(['-C', '-q', '-t', 'transactional', '-e', ...committedOnly]))).toEqual(['one', 'two']);
    const admin = kafkajsClient(address).admin();
    await admin.connect();
    // Two records and the commit marker.
    expect((await admin.fetchTopicOffsets('transactional'))[0]?.offset).toBe('3');
    await admin.disconnect();
  });
});
