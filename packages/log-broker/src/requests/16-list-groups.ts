import { CLUSTER_NAME, Operation, ResourceType } from '../security/acl.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ListGroups } from '../wire/generated/list-groups.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 5: 4 filters by state, 5 by type. There are only classic groups.

const { DESCRIBE } = Operation;
const GROUP_TYPE = 'classic';

export const listGroups = defineRequest(ListGroups, [0, 5], (request, { broker, access: { may } }) => {
  const mayListAll = may(DESCRIBE, ResourceType.CLUSTER, CLUSTER_NAME);
  const states = new Set(request.statesFilter.map((state) => state.toLowerCase()));
  const types = new Set(request.typesFilter.map((type) => type.toLowerCase()));
  const groups = broker.groups.groupIds().flatMap((groupId) => {
    if (!mayListAll && !may(DESCRIBE, ResourceType.GROUP, groupId)) return [];
    const state = broker.groups.state(groupId);
    if (!state || (states.size > 0 && !states.has(state.phase.toLowerCase()))) return [];
    if (types.size > 0 && !types.has(GROUP_TYPE)) return [];
    return [{ groupId, protocolType: state.protocolType ?? '', groupState: state.phase, groupType: GROUP_TYPE }];
  });
  return { errorCode: ErrorCode.NONE, groups };
});
