import { SCRAM_ITERATIONS_MAX, SCRAM_ITERATIONS_MIN } from '../limits.ts';
import { credentialOf, SCRAM_MECHANISMS } from '../security/scram.ts';
import type { ScramCredential, ScramMechanism } from '../security/scram.ts';
import type { Credentials } from '../security/user-store.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { AlterUserScramCredentials } from '../wire/generated/alter-user-scram-credentials.ts';
import type {
  ScramCredentialDeletion,
  ScramCredentialUpsertion,
} from '../wire/generated/alter-user-scram-credentials.ts';
import { defineRequest } from './define-request.ts';

// Version 0. Clients salt and iterate passwords themselves. All changes of one user are stored together, or none.

type Change = ScramCredentialDeletion | ScramCredentialUpsertion;

export const alterUserScramCredentials = defineRequest(
  AlterUserScramCredentials,
  [0, 0],
  function* (request, { broker }) {
    const { users } = broker.logins;
    const byUser = Map.groupBy<string, Change>([...request.deletions, ...request.upsertions], ({ name }) => name);
    const results = yield* eachInSteps(byUser, ([user, changes]) => {
      try {
        users.replace(user, apply(users.credentials(user), changes));
        return { user, errorCode: ErrorCode.NONE, errorMessage: null };
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return { user, errorCode: error.code, errorMessage: error.message };
      }
    });
    return { results };
  },
);

function apply(now: Credentials, changes: readonly Change[]): Credentials {
  const next: Partial<Record<ScramMechanism, ScramCredential>> = { ...now };
  const changed = new Set<ScramMechanism>();
  for (const change of changes) {
    const mechanism = mechanismOf(change.mechanism);
    if (changed.has(mechanism)) {
      throw new KafkaError(
        ErrorCode.DUPLICATE_RESOURCE,
        'A user credential cannot be altered twice in the same request',
      );
    }
    changed.add(mechanism);
    if ('salt' in change) next[mechanism] = checked(mechanism, change);
    else if (next[mechanism]) delete next[mechanism];
    else throw new KafkaError(ErrorCode.RESOURCE_NOT_FOUND, 'Attempt to delete a user credential that does not exist');
  }
  return next;
}

function mechanismOf(code: number): ScramMechanism {
  const known = Object.entries(SCRAM_MECHANISMS).find(([, mechanism]) => mechanism.code === code);
  if (!known) throw new KafkaError(ErrorCode.UNSUPPORTED_SASL_MECHANISM, 'Unknown SCRAM mechanism');
  return known[0] as ScramMechanism;
}

function checked(mechanism: ScramMechanism, change: ScramCredentialUpsertion): ScramCredential {
  const { iterations, salt, saltedPassword } = change;
  const refuse = (reason: string) => new KafkaError(ErrorCode.UNACCEPTABLE_CREDENTIAL, reason);
  if (iterations < SCRAM_ITERATIONS_MIN) throw refuse('Too few iterations');
  if (iterations > SCRAM_ITERATIONS_MAX) throw refuse('Too many iterations');
  if (salt.length === 0 || saltedPassword.length === 0) throw refuse('Salt and salted password must not be empty');
  // Copied: the values are views of the whole request.
  return credentialOf(mechanism, saltedPassword, { salt: Buffer.from(salt), iterations });
}
