import { CLUSTER_NAME, Operation, PatternType, Permission, ResourceType } from '../security/acl.ts';
import type { Acl, AclFilter } from '../security/acl.ts';

export const SECURITY_OFF = 'No Authorizer is configured on the broker';

const has = (numbers: Readonly<Record<string, number>>, number: number) => Object.values(numbers).includes(number);

/** Why an entry cannot be created; undefined when it can. */
export function creationError(acl: Acl): string | undefined {
  const { resourceType, resourceName, patternType, principal, host, operation, permissionType } = acl;
  if (!has(ResourceType, resourceType) || resourceType === ResourceType.ANY) return 'Invalid resourceType';
  if (patternType !== PatternType.LITERAL && patternType !== PatternType.PREFIXED) return 'Invalid patternType';
  if (!has(Operation, operation) || operation === Operation.ANY) return 'Invalid operation';
  if (permissionType !== Permission.ALLOW && permissionType !== Permission.DENY) return 'Invalid permissionType';
  if (resourceName === '') return 'Resource name should not be empty';
  if (host === '') return 'Host should not be empty';
  if (resourceType === ResourceType.CLUSTER && resourceName !== CLUSTER_NAME) {
    return `The only valid name for the CLUSTER resource is ${CLUSTER_NAME}`;
  }
  return /^User:./s.test(principal)
    ? undefined
    : `Could not parse principal from \`${principal}\`: only User: is supported`;
}

/** Why a filter cannot be used; undefined when it can. */
export function filterError(filter: AclFilter): string | undefined {
  const { resourceTypeFilter, patternTypeFilter = PatternType.LITERAL, operation, permissionType } = filter;
  const isKnown =
    has(ResourceType, resourceTypeFilter) &&
    has(PatternType, patternTypeFilter) &&
    has(Operation, operation) &&
    has(Permission, permissionType);
  return isKnown ? undefined : 'The filter contains UNKNOWN elements';
}
