import { matchesFilter } from '../security/acl.ts';
import { ErrorCode } from '../wire/error-code.ts';
import type { KafkaError } from '../wire/error-code.ts';
import { DeleteAcls } from '../wire/generated/delete-acls.ts';
import { filterError, SECURITY_OFF } from './check-acl.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 3. Deletes the entries that match any of the filters, all together.

export const deleteAcls = defineRequest(DeleteAcls, [1, 3], async ({ filters }, { broker }) => {
  const refused = (errorCode: number, errorMessage: string) => ({ errorCode, errorMessage, matchingAcls: [] });
  if (!broker.hasAcls) return { filterResults: filters.map(() => refused(ErrorCode.SECURITY_DISABLED, SECURITY_OFF)) };
  const errors = filters.map(filterError);
  const all = broker.acls.all();
  const found = filters.map((filter, at) => (errors[at] ? [] : all.filter((acl) => matchesFilter(acl, filter))));
  const failure = await broker.acls.remove([...new Set(found.flat())]).then(
    () => undefined,
    (error: KafkaError) => error,
  );
  return {
    filterResults: found.map((acls, at) => {
      const error = errors[at];
      if (error !== undefined) return refused(ErrorCode.INVALID_REQUEST, error);
      if (failure) return refused(failure.code, failure.message);
      const matchingAcls = acls.map((acl) => ({ ...acl, errorCode: ErrorCode.NONE, errorMessage: null }));
      return { errorCode: ErrorCode.NONE, errorMessage: null, matchingAcls };
    }),
  };
});
