import { eachInSteps } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { DeleteGroups } from '../wire/generated/delete-groups.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 2. Only a group without members can be deleted; its offsets go with it.

export const deleteGroups = defineRequest(DeleteGroups, [0, 2], function* (request, { broker }) {
  const results = yield* eachInSteps(request.groupsNames, (groupId) => ({
    groupId,
    errorCode: groupId === '' ? ErrorCode.INVALID_GROUP_ID : broker.groups.delete(groupId),
  }));
  return { results };
});
