import { CLUSTER_NAME, Operation, ResourceType } from '../security/acl.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { ListGroups } from '../wire/generated/list-groups.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 5: 4 filters by state, 5 by type.

const { DESCRIBE } = Operation;
const CLASSIC = 'classic';
const CONSUMER = 'consumer';

export const listGroups = defineRequest(ListGroups, [0, 5], (request, { broker, access: { may } }) => {
  const mayListAll = may(DESCRIBE, ResourceType.CLUSTER, CLUSTER_NAME);
  const states = new Set(request.statesFilter.map((state) => state.toLowerCase()));
  const types = new Set(request.typesFilter.map((type) => type.toLowerCase()));
  const groups = broker.groups.groupIds().flatMap((groupId) => {
    if (!mayListAll && !may(DESCRIBE, ResourceType.GROUP, groupId)) return [];
    const groupState = broker.groups.phase(groupId);
    if (!groupState || (states.size > 0 && !states.has(groupState.toLowerCase()))) return [];
    const groupType = broker.groups.consumers.get(groupId) ? CONSUMER : CLASSIC;
    if (types.size > 0 && !types.has(groupType)) return [];
    const protocolType = groupType === CONSUMER ? 'consumer' : (broker.groups.state(groupId)?.protocolType ?? '');
    return [{ groupId, protocolType, groupState, groupType }];
  });
  return { errorCode: ErrorCode.NONE, groups };
});
