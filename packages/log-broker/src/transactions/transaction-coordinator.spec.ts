import { describe, expect, it } from 'vitest';
import { send, brokerInMemory } from '../../test/broker-in-memory.ts';
import type { Broker } from '../broker.ts';
import { TRANSACTIONAL_ID_EXPIRATION_MS } from '../limits.ts';
import { retain } from '../maintenance.ts';
import { MemoryFileSystem } from '../storage/memory-with-faults.ts';
import { AddPartitionsToTxn } from '../wire/generated/add-partitions-to-txn.ts';
import { InitProducerId } from '../wire/generated/init-producer-id.ts';

const A_WEEK_LATER = Date.now() + TRANSACTIONAL_ID_EXPIRATION_MS + 1_000;

describe('a transactional id that is not used for a week', () => {
  const init = async (broker: Broker, transactionalId: string) =>
    send(broker, InitProducerId, 2, { transactionalId, transactionTimeoutMs: 60_000 });

  it('is forgotten, also by the next broker on the same data', async () => {
    const files = new MemoryFileSystem();
    const broker = brokerInMemory(files);
    const first = await init(broker, 'id');
    expect(await init(broker, 'id')).toMatchObject({ producerId: first.producerId, producerEpoch: 1 });
    await retain(broker, A_WEEK_LATER);
    expect(await init(brokerInMemory(files.afterKill()), 'id')).not.toHaveProperty('producerId', first.producerId);
    expect(await init(broker, 'id')).toMatchObject({ producerEpoch: 0 });
  });

  it('is kept while its transaction is open', async () => {
    const broker = brokerInMemory();
    broker.topics.createNow('topic', 1);
    const { producerId, producerEpoch } = await init(broker, 'id');
    await send(broker, AddPartitionsToTxn, 2, {
      v3AndBelowTransactionalId: 'id',
      v3AndBelowProducerId: producerId ?? -1,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: 'topic', partitions: [0] }],
    });
    await retain(broker, A_WEEK_LATER);
    expect(await init(broker, 'id')).toMatchObject({ producerId });
    broker.transactions.close();
  });
});
