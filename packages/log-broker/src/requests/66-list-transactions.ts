import { compileExpression } from '../linear-regex.ts';
import { Operation, ResourceType } from '../security/acl.ts';
import { TRANSACTION_STATUSES } from '../transactions/transaction-records.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { ListTransactions } from '../wire/generated/list-transactions.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 2: 1 filters by how long a transaction has been open, 2 by a regular expression.

export const listTransactions = defineRequest(ListTransactions, [0, 2], function* (request, { broker, access }) {
  const states = new Set(request.stateFilters);
  const producers = new Set(request.producerIdFilters);
  const openBefore = broker.clock.now() - request.durationFilter;
  const known: readonly string[] = TRANSACTION_STATUSES;
  const unknownStateFilters = request.stateFilters.filter((state) => !known.includes(state));
  try {
    const pattern = request.transactionalIdPattern ? compileExpression(request.transactionalIdPattern) : undefined;
    const found = yield* eachInSteps(broker.transactions.all(), (each) => {
      const { transactionalId, producerId, status, startedAt } = each;
      if (!access.may(Operation.DESCRIBE, ResourceType.TRANSACTIONAL_ID, transactionalId)) return [];
      if (states.size > 0 && !states.has(status)) return [];
      if (producers.size > 0 && !producers.has(producerId)) return [];
      if (request.durationFilter >= 0 && (status !== 'Ongoing' || startedAt > openBefore)) return [];
      if (pattern && !pattern.matches(transactionalId)) return [];
      return [{ transactionalId, producerId, transactionState: status }];
    });
    return { errorCode: ErrorCode.NONE, unknownStateFilters, transactionStates: found.flat() };
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return { errorCode: error.code, unknownStateFilters, transactionStates: [] };
  }
});
