import { ErrorCode } from '../wire/error-code.ts';
import { DescribeCluster } from '../wire/generated/describe-cluster.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 and 1: 1 can request controllers instead of brokers; there are none to connect to.

const BROKERS = 1;

export const describeCluster = defineRequest(DescribeCluster, [0, 1], (request, { broker, client }) => {
  const isForBrokers = request.endpointType === BROKERS;
  const { host, port } = client.brokerAddress;
  return {
    errorCode: isForBrokers ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST,
    errorMessage: isForBrokers ? null : 'only brokers can be described',
    endpointType: request.endpointType,
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    brokers: isForBrokers ? [{ brokerId: broker.nodeId, host, port, rack: null, isFenced: false }] : [],
  };
});
