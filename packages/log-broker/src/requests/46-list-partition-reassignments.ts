import { ErrorCode } from '../wire/error-code.ts';
import { ListPartitionReassignments } from '../wire/generated/list-partition-reassignments.ts';
import { defineRequest } from './define-request.ts';

// Version 0. One broker cannot move a partition anywhere; topic tools send this when they describe a topic.

export const listPartitionReassignments = defineRequest(ListPartitionReassignments, [0, 0], () => ({
  errorCode: ErrorCode.NONE,
  errorMessage: null,
  topics: [],
}));
