import { ErrorCode } from '../wire/error-code.ts';
import { CreateAcls } from '../wire/generated/create-acls.ts';
import { SECURITY_OFF } from './29-describe-acls.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 3.

export const createAcls = defineRequest(CreateAcls, [1, 3], (request) => ({
  results: request.creations.map(() => ({ errorCode: ErrorCode.SECURITY_DISABLED, errorMessage: SECURITY_OFF })),
}));
