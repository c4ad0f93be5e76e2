import { ErrorCode } from '../wire/error-code.ts';
import { InitProducerId } from '../wire/generated/init-producer-id.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 4: 3 lets a producer ask for a new epoch of the id it has (KIP-360).

const NONE = -1;

export const initProducerId = defineRequest(InitProducerId, [0, 4], (request, { broker }) => {
  if (request.transactionalId !== null) {
    return { errorCode: ErrorCode.INVALID_REQUEST, producerId: NONE, producerEpoch: NONE };
  }
  // An idempotent producer without transactions gets a new id each time, also when it comes with an old one (as Kafka).
  return { errorCode: ErrorCode.NONE, producerId: broker.producerIds.take(), producerEpoch: 0 };
});
