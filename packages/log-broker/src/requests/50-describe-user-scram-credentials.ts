import { SCRAM_MECHANISMS } from '../security/scram.ts';
import { mechanismsOf } from '../security/user-store.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { DescribeUserScramCredentials } from '../wire/generated/describe-user-scram-credentials.ts';
import type { DescribeUserScramCredentialsResult } from '../wire/generated/describe-user-scram-credentials.ts';
import { defineRequest } from './define-request.ts';

// Version 0. Users by name, or all of them: which mechanisms, with how many iterations.

export const describeUserScramCredentials = defineRequest(
  DescribeUserScramCredentials,
  [0, 0],
  function* (request, { broker }) {
    const { users } = broker.logins;
    const wanted = request.users?.map(({ name }) => name) ?? [];
    const times = Map.groupBy(wanted, (name) => name);
    const describe = (user: string): DescribeUserScramCredentialsResult => {
      const refused = (errorCode: number, errorMessage: string) => ({
        user,
        errorCode,
        errorMessage,
        credentialInfos: [],
      });
      if ((times.get(user)?.length ?? 0) > 1) {
        return refused(
          ErrorCode.DUPLICATE_RESOURCE,
          `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`,
        );
      }
      const credentials = users.credentials(user);
      const credentialInfos = mechanismsOf(credentials).map((mechanism) => ({
        mechanism: SCRAM_MECHANISMS[mechanism].code,
        iterations: credentials[mechanism]!.iterations,
      }));
      if (credentialInfos.length === 0) {
        return refused(
          ErrorCode.RESOURCE_NOT_FOUND,
          `Attempt to describe a user credential that does not exist: ${user}`,
        );
      }
      return { user, errorCode: ErrorCode.NONE, errorMessage: null, credentialInfos };
    };
    const results = yield* eachInSteps(wanted.length > 0 ? times.keys() : users.names(), describe);
    return { errorCode: ErrorCode.NONE, errorMessage: null, results };
  },
);
