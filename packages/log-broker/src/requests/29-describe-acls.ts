import { matchesFilter } from '../security/acl.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { DescribeAcls } from '../wire/generated/describe-acls.ts';
import { filterError, SECURITY_OFF } from './check-acl.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 3. The entries that match a filter, by resource.

export const describeAcls = defineRequest(DescribeAcls, [1, 3], (filter, { broker }) => {
  const failed = (errorCode: number, errorMessage: string) => ({ errorCode, errorMessage, resources: [] });
  // Admin consoles check this.
  if (!broker.hasAcls) return failed(ErrorCode.SECURITY_DISABLED, SECURITY_OFF);
  const error = filterError(filter);
  if (error !== undefined) return failed(ErrorCode.INVALID_REQUEST, error);
  const found = broker.acls.all().filter((acl) => matchesFilter(acl, filter));
  const resources = Map.groupBy(found, ({ resourceType, resourceName, patternType }) =>
    JSON.stringify([resourceType, resourceName, patternType]),
  );
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    resources: [...resources.values()].map((acls) => ({ ...acls[0]!, acls })),
  };
});
