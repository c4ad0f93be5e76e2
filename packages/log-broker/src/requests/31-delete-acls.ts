import { ErrorCode } from '../wire/error-code.ts';
import { DeleteAcls } from '../wire/generated/delete-acls.ts';
import { SECURITY_OFF } from './29-describe-acls.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 3.

export const deleteAcls = defineRequest(DeleteAcls, [1, 3], (request) => ({
  filterResults: request.filters.map(() => ({
    errorCode: ErrorCode.SECURITY_DISABLED,
    errorMessage: SECURITY_OFF,
    matchingAcls: [],
  })),
}));
