import { OFFSETS_TOPIC } from '../topics/topic-registry.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { AddOffsetsToTxn } from '../wire/generated/add-offsets-to-txn.ts';
import { transactionError } from './24-add-partitions-to-txn.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 3. The offsets of a group become part of the transaction: a partition of `__consumer_offsets` like any other.

const FIRST_WITH_FENCED = 2;

export const addOffsetsToTxn = defineRequest(AddOffsetsToTxn, [0, 3], async (request, { broker, version }) => {
  const { transactionalId, producerId, producerEpoch, groupId } = request;
  if (groupId === '') return { errorCode: ErrorCode.INVALID_GROUP_ID };
  const { partition } = broker.offsetsTopic.log;
  const errorCode = await broker.transactions
    .add(transactionalId, { producerId, producerEpoch }, [{ topic: OFFSETS_TOPIC, partition }])
    .then(
      () => ErrorCode.NONE,
      (failure: unknown) => transactionError(failure, version >= FIRST_WITH_FENCED),
    );
  return { errorCode };
});
