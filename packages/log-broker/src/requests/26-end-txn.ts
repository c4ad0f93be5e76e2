import { ErrorCode } from '../wire/error-code.ts';
import { EndTxn } from '../wire/generated/end-txn.ts';
import { transactionError } from './24-add-partitions-to-txn.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 3. Answered when the transaction has ended and its markers are in the partitions.

const FIRST_WITH_FENCED = 2;

export const endTxn = defineRequest(EndTxn, [0, 3], async (request, { broker, version }) => {
  const { transactionalId, producerId, producerEpoch, committed } = request;
  const errorCode = await broker.transactions.endBy(transactionalId, { producerId, producerEpoch }, committed).then(
    () => ErrorCode.NONE,
    (failure: unknown) => transactionError(failure, version >= FIRST_WITH_FENCED),
  );
  return { errorCode };
});
