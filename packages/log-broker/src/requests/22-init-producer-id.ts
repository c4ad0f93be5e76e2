import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { InitProducerId } from '../wire/generated/init-producer-id.ts';
import { transactionError } from './24-add-partitions-to-txn.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 4: 3 lets a producer request a new epoch for its id (KIP-360), 4 knows PRODUCER_FENCED.

const NONE = -1;
const FIRST_WITH_FENCED = 4;

export const initProducerId = defineRequest(InitProducerId, [0, 4], async (request, { broker, version }) => {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request;
  const refused = (errorCode: number) => ({ errorCode, producerId: NONE, producerEpoch: NONE });
  if (transactionalId === '') return refused(ErrorCode.INVALID_REQUEST);
  try {
    const identity =
      transactionalId === null
        ? // Without transactions a producer gets a new id each time, also when it sends an old one (as in Kafka).
          { producerId: broker.producerIds.take(), producerEpoch: 0 }
        : await broker.transactions.init(transactionalId, transactionTimeoutMs, { producerId, producerEpoch });
    return { errorCode: ErrorCode.NONE, ...identity };
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return refused(transactionError(error, version >= FIRST_WITH_FENCED));
  }
});
