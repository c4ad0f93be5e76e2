import { once } from 'node:events';
import { afterAll, expect, it } from 'vitest';
import { startBroker } from '../src/index.ts';
import { ByteReader } from '../src/wire/byte-reader.ts';
import { Fetch } from '../src/wire/generated/fetch.ts';
import type { FetchRequest, FetchResponse } from '../src/wire/generated/fetch.ts';
import { Produce } from '../src/wire/generated/produce.ts';
import { encodeBatch } from '../src/wire/record-batch.ts';
import { encodeRequest } from './broker-in-memory.ts';
import { temporaryFolder } from './broker-process.ts';
import { WireClient } from './wire-client.ts';

const TOPIC = 'topic';
/** All partitions together are more than the buffers of a connection hold. */
const PARTITIONS = 8;
const VALUE_BYTES = 900 * 1024;
const MEGABYTE = 1024 * 1024;
const VERSION = 4;

const folder = temporaryFolder();
const topics = { [TOPIC]: { partitions: PARTITIONS } };
const broker = await startBroker({ data: folder.path, listen: { port: 0 }, topics });
afterAll(async () => {
  await broker.close();
  folder.remove();
});

const connect = () => WireClient.connect(`${broker.host}:${broker.port}`);
/** Of each partition another one, so that bytes of another answer would be seen. */
const valueOf = (partition: number) => Buffer.alloc(VALUE_BYTES, `${partition}`);
const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);

function requestFor(partitions: readonly number[]): Partial<FetchRequest> {
  const from = { currentLeaderEpoch: -1, fetchOffset: 0, lastFetchedEpoch: -1, logStartOffset: -1 };
  const rest = { partitionMaxBytes: MEGABYTE, replicaDirectoryId: '', highWatermark: -1 };
  const wanted = partitions.map((partition) => ({ partition, ...from, ...rest }));
  const topicsToRead = [{ topic: TOPIC, topicId: '', partitions: wanted }];
  return { replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: PARTITIONS * MEGABYTE, topics: topicsToRead };
}

it('an answer that its client reads slowly keeps its bytes while others are read from the disk', async () => {
  const [producer, slow, quick] = await Promise.all([connect(), connect(), connect()]);
  for (const index of all) {
    const records = encodeBatch({ records: [{ key: null, value: valueOf(index) }], timestamp: 1 });
    const topicData = [{ name: TOPIC, topicId: '', partitionData: [{ index, records }] }];
    await producer.send(Produce, 7, { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData });
  }
  slow.sendFrame(encodeRequest(Fetch, VERSION, requestFor(all)));
  await once(slow.socket, 'data');
  slow.socket.pause();
  for (const partition of all.toReversed())
    expect(valuesIn(await quick.send(Fetch, VERSION, requestFor([partition])))).toEqual([`${partition}`]);
  slow.socket.resume();
  const answer = Fetch.response.read(new ByteReader(await slow.nextFrame(), 4), VERSION);
  expect(valuesIn(answer)).toEqual(all.map(String));
  for (const client of [producer, slow, quick]) client.close();
});

/** For each partition the character that its value consists of; 'other bytes' if there are others. */
function valuesIn({ responses }: FetchResponse): string[] {
  return (responses[0]?.partitions ?? []).map(({ partitionIndex, records }) => {
    const value = records?.subarray(records.length - 1 - VALUE_BYTES, records.length - 1);
    return value?.equals(valueOf(partitionIndex)) ? `${partitionIndex}` : 'other bytes';
  });
}
