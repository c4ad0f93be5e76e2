import type { Acl } from '../security/acl.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { CreateAcls } from '../wire/generated/create-acls.ts';
import { creationError, SECURITY_OFF } from './check-acl.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 3. Valid entries are stored together. An entry that exists already is created again without effect.

export const createAcls = defineRequest(CreateAcls, [1, 3], async ({ creations }, { broker }) => {
  if (!broker.hasAcls) {
    return { results: creations.map(() => ({ errorCode: ErrorCode.SECURITY_DISABLED, errorMessage: SECURITY_OFF })) };
  }
  const wanted = creations.map((each): Acl => ({
    resourceType: each.resourceType,
    resourceName: each.resourceName,
    patternType: each.resourcePatternType ?? 0,
    principal: each.principal,
    host: each.host,
    operation: each.operation,
    permissionType: each.permissionType,
  }));
  const errors = wanted.map(creationError);
  const failure = await broker.acls.add(wanted.filter((_, at) => errors[at] === undefined)).then(
    () => undefined,
    (error: KafkaError) => error,
  );
  return {
    results: errors.map((errorMessage) => {
      if (errorMessage !== undefined) return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage };
      return { errorCode: failure?.code ?? ErrorCode.NONE, errorMessage: failure?.message ?? null };
    }),
  };
});
