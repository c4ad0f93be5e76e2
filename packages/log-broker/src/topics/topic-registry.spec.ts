import { describe, expect, it } from 'vitest';
import { send, brokerInMemory } from '../../test/broker-in-memory.ts';
import type { Broker } from '../broker.ts';
import { AUTO_CREATED_TOPICS_PER_REQUEST_MAX } from '../limits.ts';
import { MemoryFileSystem } from '../storage/memory-with-faults.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { Metadata } from '../wire/generated/metadata.ts';

const named = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `topic-${n}`, partitions: 1 }));

/** Counts how often the list of topics is written. */
function countWrites(files: MemoryFileSystem): () => number {
  let writes = 0;
  const replace = files.replaceFileLater.bind(files);
  files.replaceFileLater = (path, ...rest) => {
    if (path.endsWith('topics.json')) writes++;
    return replace(path, ...rest);
  };
  return () => writes;
}

describe('many topics of one request', () => {
  it('are created, and deleted, with one write of the list', async () => {
    const files = new MemoryFileSystem();
    const { topics } = brokerInMemory(files);
    const writes = countWrites(files);
    await topics.createAll(named(300));
    expect(writes()).toBe(1);
    await topics.deleteAll(topics.all());
    expect([writes(), topics.all()]).toEqual([2, []]);
  });

  it('exist after a power loss once they are reported created', async () => {
    const files = new MemoryFileSystem();
    await brokerInMemory(files).topics.createAll(named(300));
    const nothingUnsyncedSurvives = () => 0;
    expect(brokerInMemory(files.afterPowerLoss(nothingUnsyncedSurvives)).topics.all()).toHaveLength(300);
  });

  it('are created by a metadata request up to a limit, and the rest by the next requests', async () => {
    const broker = brokerInMemory(undefined, { autoCreateTopics: true });
    const wanted = named(AUTO_CREATED_TOPICS_PER_REQUEST_MAX + 20).map(({ name }) => ({ name, topicId: '' }));
    const missing = async () => {
      const { topics } = await send(broker, Metadata, 4, { topics: wanted, allowAutoTopicCreation: true });
      return topics.filter(({ errorCode }) => errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION).length;
    };
    expect([await missing(), broker.topics.all().length]).toEqual([20, AUTO_CREATED_TOPICS_PER_REQUEST_MAX]);
    expect([await missing(), broker.topics.all().length]).toEqual([0, wanted.length]);
  });
});

describe('on a full disk', () => {
  /** Leaves no byte free. */
  async function fill(files: MemoryFileSystem): Promise<void> {
    files.capacityBytes = 1_000_000_000;
    files.capacityBytes -= (await files.space())!.freeBytes;
  }

  it('a topic can be deleted, and makes room for others', async () => {
    const files = new MemoryFileSystem();
    const { topics } = brokerInMemory(files);
    await topics.createAll([
      { name: 'large', partitions: 200 },
      { name: 'small', partitions: 1 },
    ]);
    await fill(files);
    await expect(topics.create('more', 1)).rejects.toMatchObject({ code: ErrorCode.KAFKA_STORAGE_ERROR });
    await topics.delete(topics.get('large')!);
    await topics.create('more', 1);
    const names = (broker: Pick<Broker, 'topics'>) => broker.topics.all().map(({ name }) => name);
    expect([names({ topics }), names(brokerInMemory(files))]).toEqual([
      ['small', 'more'],
      ['small', 'more'],
    ]);
  });

  it('a deletion for which there is no room even then is in the next list that is written', async () => {
    const files = new MemoryFileSystem();
    const { topics } = brokerInMemory(files);
    await topics.createAll(named(3));
    files.capacityBytes = 0;
    await expect(topics.delete(topics.get('topic-0')!)).rejects.toMatchObject({ code: ErrorCode.KAFKA_STORAGE_ERROR });
    files.capacityBytes = Number.POSITIVE_INFINITY;
    expect(topics.get('topic-0')).toBeUndefined();
    await topics.delete(topics.get('topic-1')!);
    expect(brokerInMemory(files).topics.all()).toMatchObject([{ name: 'topic-2' }]);
  });
});

describe('changes of one topic at the same time', () => {
  it('run one after the other, and none is lost', async () => {
    const { topics } = brokerInMemory();
    await topics.create('topic', 1);
    const setting = (name: string, value: string) => topics.configure('topic', (now) => ({ ...now, [name]: value }));
    await Promise.all([
      setting('retention.ms', '1000'),
      setting('segment.bytes', '20000'),
      topics.addPartitions('topic', 3),
      setting('cleanup.policy', 'delete'),
    ]);
    const topic = topics.get('topic');
    expect(topic?.configs).toEqual({
      'retention.ms': '1000',
      'segment.bytes': '20000',
      'cleanup.policy': 'delete',
    });
    expect(topic?.partitions).toHaveLength(3);
  });

  it('a creation that is running at a stop ends before the stop does, and the next start finds all of it or nothing', async () => {
    const files = new MemoryFileSystem();
    const broker = brokerInMemory(files);
    const creating = broker.topics.create('topic', 5_000).then(
      () => 'created',
      () => 'refused',
    );
    await broker.topics.close();
    await broker.logs.settle();
    broker.logs.close();
    const left = files.list('/data');
    const outcome = await creating;
    expect(files.list('/data')).toEqual(left);
    const found = brokerInMemory(files).topics.get('topic')?.partitions.length;
    expect([outcome, found]).toEqual(['refused', undefined]);
    await expect(broker.topics.create('other', 1)).rejects.toThrow('stopped');
  });
});
