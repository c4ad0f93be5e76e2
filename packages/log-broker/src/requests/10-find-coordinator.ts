import { ErrorCode } from '../wire/error-code.ts';
import { FindCoordinator } from '../wire/generated/find-coordinator.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 4: 4 takes several keys at once. There is one broker, so it coordinates everything.

const GROUP = 0;
const TRANSACTION = 1;

export const findCoordinator = defineRequest(FindCoordinator, [0, 4], (request, { broker, version, client }) => {
  const { host, port } = client.brokerAddress;
  const find = (key: string) => {
    const errorCode = refusal(request.keyType, key);
    broker.faults.foundCoordinator({ type: request.keyType === GROUP ? 'group' : 'transaction', id: key });
    return errorCode === ErrorCode.NONE
      ? { key, errorCode, errorMessage: null, nodeId: broker.nodeId, host, port }
      : { key, errorCode, errorMessage: 'no such kind of coordinator', nodeId: -1, host: '', port: -1 };
  };
  if (version >= 4) return { coordinators: request.coordinatorKeys.map(find) };
  const { key: _, ...single } = find(request.key);
  return single;
});

function refusal(keyType: number, key: string): number {
  if (keyType === GROUP) return key === '' ? ErrorCode.INVALID_GROUP_ID : ErrorCode.NONE;
  return keyType === TRANSACTION ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST;
}
