// Kafka's access control entries (ACLs), with the numbers of its requests.

export const ResourceType = { ANY: 1, TOPIC: 2, GROUP: 3, CLUSTER: 4, TRANSACTIONAL_ID: 5 } as const;

/** MATCH is for filters: all entries that concern a resource of this name. */
export const PatternType = { ANY: 1, MATCH: 2, LITERAL: 3, PREFIXED: 4 } as const;

export const Operation = {
  ANY: 1,
  ALL: 2,
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
  CREATE_TOKENS: 13,
  DESCRIBE_TOKENS: 14,
  TWO_PHASE_COMMIT: 15,
} as const;

export const Permission = { ANY: 1, DENY: 2, ALLOW: 3 } as const;

/** The only resource of its type. */
export const CLUSTER_NAME = 'kafka-cluster';

/** As the name of a resource or of a host: any of them. `User:*` is any principal. */
export const WILDCARD = '*';
export const ANY_USER = 'User:*';

export interface Acl {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** Null and ANY match everything. */
export interface AclFilter {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter?: number | undefined;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
}

/** The same for equal entries. */
export function aclKey(acl: Acl): string {
  const { resourceType, resourceName, patternType, principal, host, operation, permissionType } = acl;
  return JSON.stringify([resourceType, resourceName, patternType, principal, host, operation, permissionType]);
}

export function matchesFilter(acl: Acl, filter: AclFilter): boolean {
  const { resourceTypeFilter, principalFilter, hostFilter, operation, permissionType } = filter;
  return (
    (resourceTypeFilter === ResourceType.ANY || resourceTypeFilter === acl.resourceType) &&
    matchesName(acl, filter) &&
    (principalFilter === null || principalFilter === acl.principal) &&
    (hostFilter === null || hostFilter === acl.host) &&
    (operation === Operation.ANY || operation === acl.operation) &&
    (permissionType === Permission.ANY || permissionType === acl.permissionType)
  );
}

function matchesName(acl: Acl, { resourceNameFilter: name, patternTypeFilter: type = PatternType.LITERAL }: AclFilter) {
  const isOfType = type === PatternType.ANY || type === acl.patternType;
  if (name === null) return isOfType || type === PatternType.MATCH;
  if (type === PatternType.MATCH) return concerns(acl, name);
  return isOfType && name === acl.resourceName;
}

/** Whether an entry is about the resource with this name. */
function concerns({ patternType, resourceName }: Acl, name: string): boolean {
  if (patternType === PatternType.PREFIXED) return name.startsWith(resourceName);
  return resourceName === name || resourceName === WILDCARD;
}
