import { afterAll, expect, it } from 'vitest';
import { brokerInMemory } from '../../test/broker-in-memory.ts';
import { temporaryFolder } from '../../test/broker-process.ts';
import { withDefaults } from '../config.ts';
import { openBroker } from '../open-broker.ts';
import { MemoryFileSystem } from '../storage/memory-with-faults.ts';
import { nextTurn } from '../turns.ts';
import { encodeBatch } from '../wire/record-batch.ts';
import { encodeMarker } from './transaction-marker.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const record = (timestamp = 1) => encodeBatch({ records: [{ key: null, value: Buffer.from('x') }], timestamp });

it('a topic that is deleted while its records are synced is not reported as a disk failure', async () => {
  const errors: unknown[] = [];
  const logger = (level: string, message: string, facts?: object) =>
    void (level === 'error' && errors.push([message, facts]));
  const broker = openBroker(withDefaults({ data: folder.path, logger }));
  // More than are synced at once, so that the files of some are deleted before they are synced.
  const topic = broker.topics.createNow('deleted', 40);
  for (const log of topic.partitions) log.append(record());
  const syncing = broker.logs.sync();
  await broker.topics.delete(topic);
  await syncing;
  expect(errors).toEqual([]);
  broker.logs.close();
});

it('a disk that cannot sync is reported, with the partition', async () => {
  const errors: unknown[] = [];
  const logger = (_: string, message: string, facts?: object) => void errors.push({ message, ...facts });
  const files = new MemoryFileSystem();
  const broker = brokerInMemory(files, { logger });
  broker.topics.createNow('failing', 1).partitions[0]?.append(record());
  files.failsSyncs = true;
  // The checkpoint cannot be written either.
  await expect(broker.logs.sync()).rejects.toThrow('EIO');
  expect(errors).toContainEqual({
    message: 'sync failed',
    partition: 'failing-0',
    error: expect.stringContaining('EIO'),
  });
});

it('a power loss does not restore the marker of a clean shutdown, which would make the next start trust a torn log', () => {
  const files = new MemoryFileSystem();
  brokerInMemory(files).logs.close();
  expect(brokerInMemory(files).logs.wasClean).toBe(true);
  const nothingUnsyncedSurvives = () => 0;
  expect(brokerInMemory(files.afterPowerLoss(nothingUnsyncedSurvives)).logs.wasClean).toBe(false);
});

it('a topic whose creation a kill has interrupted, and that the next broker has, is there after a power loss, too', async () => {
  const nothingUnsyncedSurvives = () => 0;
  let seen = 0;
  for (let turns = 0; turns < 20; turns += 1) {
    // In a turn that is used up, as on a busy machine, the creation would only wait for the next one.
    await nextTurn();
    const files = new MemoryFileSystem();
    let isDone = false;
    void brokerInMemory(files)
      .topics.create('topic', 1)
      .then(() => (isDone = true));
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    const killed = files.afterKill();
    if (brokerInMemory(killed).topics.get('topic') === undefined) continue;
    if (!isDone) seen += 1;
    expect(brokerInMemory(killed.afterPowerLoss(nothingUnsyncedSurvives)).topics.get('topic')).toBeDefined();
  }
  expect(seen).toBeGreaterThan(0);
});

it('what a kill has left unsynced is there after a power loss, once the next broker has synced it', async () => {
  const files = new MemoryFileSystem();
  const broker = brokerInMemory(files);
  const log = broker.topics.createNow('topic', 1).partitions[0]!;
  log.append(record());
  await broker.logs.sync();
  // In a file of its own, whose name was not synced either.
  log.roll();
  log.append(record());
  const killed = files.afterKill();
  await brokerInMemory(killed).logs.syncChanged();
  const nothingUnsyncedSurvives = () => 0;
  const after = brokerInMemory(killed.afterPowerLoss(nothingUnsyncedSurvives));
  expect(after.topics.partition('topic', 0)?.nextOffset).toBe(2);
});

it('records at the end of a full segment are found by their time, also when a kill came before its indexes were synced', () => {
  const files = new MemoryFileSystem();
  const broker = brokerInMemory(files);
  const log = broker.topics.createNow('topic', 1).partitions[0]!;
  // More than are found without an index.
  for (let time = 1; time <= 200; time++) log.append(record(time));
  log.roll();
  log.append(record(201));
  brokerInMemory(files.afterKill()).logs.close();
  const killed = files.afterKill();
  brokerInMemory(killed).logs.close();
  expect(brokerInMemory(killed).topics.partition('topic', 0)?.firstRecordAtOrAfter(200)).toMatchObject({ offset: 199 });
});

it('after a power loss records of full segments that were synced are found by their time', async () => {
  const files = new MemoryFileSystem();
  const topicDefaults = { segmentBytes: 300 };
  const broker = brokerInMemory(files, { topicDefaults });
  const log = broker.topics.createNow('topic', 1).partitions[0]!;
  for (let i = 0; i < 20; i++) log.append(record(i));
  await broker.logs.sync();
  const nothingUnsyncedSurvives = () => 0;
  const after = brokerInMemory(files.afterPowerLoss(nothingUnsyncedSurvives), { topicDefaults });
  expect(after.topics.partition('topic', 0)?.firstRecordAtOrAfter(5)).toMatchObject({ offset: 5 });
});

it.each([
  ['before the index of their full segment', ['roll', 'save']],
  ['before their segment was full', ['save', 'roll']],
] as const)(
  'after a power loss aborted records stay hidden, also if recovery points were saved %s',
  async (_, steps) => {
    const files = new MemoryFileSystem();
    const broker = brokerInMemory(files);
    const log = broker.topics.createNow('topic', 1).partitions[0]!;
    const producer = { producerId: 1, producerEpoch: 0 };
    const records = [{ key: null, value: Buffer.from('x') }];
    log.append(encodeBatch({ records, timestamp: 1, ...producer, baseSequence: 0, isTransactional: true }));
    log.append(encodeMarker(1, 0, { committed: false, coordinatorEpoch: 0 }, 1));
    await log.sync();
    for (const step of steps) {
      if (step === 'roll') log.roll();
      else await broker.logs.saveCheckpoints();
    }
    // The next segment is there after the power loss, too.
    files.syncDirectory(log.folder);
    const nothingUnsyncedSurvives = () => 0;
    const after = brokerInMemory(files.afterPowerLoss(nothingUnsyncedSurvives));
    expect(after.topics.partition('topic', 0)?.segments).toHaveLength(2);
    expect(after.topics.partition('topic', 0)?.abortedTransactions(0, 2)).toMatchObject([
      { firstOffset: 0, lastOffset: 1 },
    ]);
  },
);
