import { ErrorCode } from '../wire/error-code.ts';
import { DescribeAcls } from '../wire/generated/describe-acls.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 3. There is no authorizer, and this is how Kafka reports that; admin consoles check it.

export const SECURITY_OFF = 'No Authorizer is configured on the broker';

export const describeAcls = defineRequest(DescribeAcls, [1, 3], () => ({
  errorCode: ErrorCode.SECURITY_DISABLED,
  errorMessage: SECURITY_OFF,
  resources: [],
}));
