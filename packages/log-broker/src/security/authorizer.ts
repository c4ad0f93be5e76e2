import type { Acl } from './acl.ts';
import { ANY_USER, Operation, PatternType, Permission, ResourceType, WILDCARD } from './acl.ts';

export interface Requester {
  readonly principal: string;
  /** Address of the client. */
  readonly host: string;
}

/** Operations that include DESCRIBE, and those that include DESCRIBE_CONFIGS. */
const INCLUDING: ReadonlyMap<number, readonly number[]> = new Map([
  [Operation.DESCRIBE, [Operation.READ, Operation.WRITE, Operation.DELETE, Operation.ALTER]],
  [Operation.DESCRIBE_CONFIGS, [Operation.ALTER_CONFIGS]],
]);

/**
 * Decides as Kafka's StandardAuthorizer does. Without entries everything is allowed; with any, only what an entry allows and
 * none denies. Superusers may do everything.
 */
export class Authorizer {
  private readonly superUsers: ReadonlySet<string>;
  /** Entries with the name of a resource, and those with a prefix of it, by type and name. */
  private literal = new Map<string, Acl[]>();
  private prefixed = new Map<string, Acl[]>();
  private prefixLengths: readonly number[] = [];
  private acls: readonly Acl[] = [];

  constructor(superUsers: readonly string[]) {
    this.superUsers = new Set(superUsers);
  }

  /** True when there is no entry: callers need not check further. */
  get allowsAll(): boolean {
    return this.acls.length === 0;
  }

  /** Uses these entries from now on. */
  replace(acls: readonly Acl[]): void {
    this.acls = acls;
    const byName = (type: number) =>
      Map.groupBy(
        acls.filter(({ patternType }) => patternType === type),
        ({ resourceType, resourceName }) => keyOf(resourceType, resourceName),
      );
    this.literal = byName(PatternType.LITERAL);
    this.prefixed = byName(PatternType.PREFIXED);
    const prefixes = acls.filter(({ patternType }) => patternType === PatternType.PREFIXED);
    this.prefixLengths = [...new Set(prefixes.map(({ resourceName }) => resourceName.length))];
  }

  isAllowed(requester: Requester, operation: number, resourceType: number, resourceName: string): boolean {
    if (this.allowsAll || this.superUsers.has(requester.principal)) return true;
    const found = this.about(resourceType, resourceName).filter((acl) => isAbout(acl, requester));
    if (found.some((acl) => acl.permissionType === Permission.DENY && covers(acl, operation))) return false;
    const including = [operation, ...(INCLUDING.get(operation) ?? [])];
    return found.some((acl) => acl.permissionType === Permission.ALLOW && including.some((each) => covers(acl, each)));
  }

  /** Whether there is any topic that it may write to: then a producer may have an id. */
  isAllowedToWriteSomewhere(requester: Requester): boolean {
    if (this.allowsAll || this.superUsers.has(requester.principal)) return true;
    const names = this.acls.filter(
      (acl) => acl.resourceType === ResourceType.TOPIC && acl.permissionType === Permission.ALLOW,
    );
    return names.some(({ resourceName }) =>
      this.isAllowed(requester, Operation.WRITE, ResourceType.TOPIC, resourceName),
    );
  }

  private about(type: number, name: string): Acl[] {
    const found = [...(this.literal.get(keyOf(type, name)) ?? [])];
    if (name !== WILDCARD) found.push(...(this.literal.get(keyOf(type, WILDCARD)) ?? []));
    for (const length of this.prefixLengths) {
      if (length <= name.length) found.push(...(this.prefixed.get(keyOf(type, name.slice(0, length))) ?? []));
    }
    return found;
  }
}

function keyOf(type: number, name: string): string {
  return `${type}:${name}`;
}

function isAbout(acl: Acl, { principal, host }: Requester): boolean {
  return (acl.principal === principal || acl.principal === ANY_USER) && (acl.host === WILDCARD || acl.host === host);
}

function covers(acl: Acl, operation: number): boolean {
  return acl.operation === operation || acl.operation === Operation.ALL;
}
