import { ErrorCode } from '../wire/error-code.ts';
import { ListPartitionReassignments } from '../wire/generated/list-partition-reassignments.ts';
import { defineRequest } from './define-request.ts';

// Version 0. One broker has nowhere to move a partition to; topic tools ask when they describe a topic.

export const listPartitionReassignments = defineRequest(ListPartitionReassignments, [0, 0], () => ({
  errorCode: ErrorCode.NONE,
  errorMessage: null,
  topics: [],
}));
