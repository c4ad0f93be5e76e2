import { AuthenticationError } from '../security/authentication-error.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { SaslAuthenticate } from '../wire/generated/sasl-authenticate.ts';
import type { SaslAuthenticateResponse } from '../wire/generated/sasl-authenticate.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 2: 1 adds how long the login is valid; here for as long as the connection is open (0). One message of the
// mechanism; SCRAM has two.

export const saslAuthenticate = defineRequest(
  SaslAuthenticate,
  [0, 2],
  async ({ authBytes }, { client: { login } }) => {
    if (!login?.isInExchange) {
      return refused(ErrorCode.ILLEGAL_SASL_STATE, 'SaslAuthenticate request received after successful authentication');
    }
    try {
      return {
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        authBytes: await login.next(authBytes),
        sessionLifetimeMs: 0,
      };
    } catch (error) {
      if (!(error instanceof AuthenticationError)) throw error;
      return refused(ErrorCode.SASL_AUTHENTICATION_FAILED, error.message);
    }
  },
);

function refused(errorCode: number, errorMessage: string): SaslAuthenticateResponse {
  return { errorCode, errorMessage, authBytes: Buffer.alloc(0), sessionLifetimeMs: 0 };
}
