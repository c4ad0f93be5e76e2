import { Operation, ResourceType } from '../security/acl.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ListTransactions } from '../wire/generated/list-transactions.ts';
import { TRANSACTION_STATUSES } from '../transactions/transaction-records.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 and 1: 1 filters by how long a transaction has been open. 2 would run a client's regular expression.

export const listTransactions = defineRequest(ListTransactions, [0, 1], (request, { broker, access: { may } }) => {
  const states = new Set(request.stateFilters);
  const producers = new Set(request.producerIdFilters);
  const openBefore = Date.now() - request.durationFilter;
  const transactionStates = broker.transactions.all().flatMap((each) => {
    const { transactionalId, producerId, status, startedAt } = each;
    if (!may(Operation.DESCRIBE, ResourceType.TRANSACTIONAL_ID, transactionalId)) return [];
    if (states.size > 0 && !states.has(status)) return [];
    if (producers.size > 0 && !producers.has(producerId)) return [];
    if (request.durationFilter >= 0 && (status !== 'Ongoing' || startedAt > openBefore)) return [];
    return [{ transactionalId, producerId, transactionState: status }];
  });
  const known: readonly string[] = TRANSACTION_STATUSES;
  const unknownStateFilters = request.stateFilters.filter((state) => !known.includes(state));
  return { errorCode: ErrorCode.NONE, unknownStateFilters, transactionStates };
});
