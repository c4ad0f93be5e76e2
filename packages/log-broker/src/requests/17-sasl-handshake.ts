import { ErrorCode } from '../wire/error-code.ts';
import { SaslHandshake } from '../wire/generated/sasl-handshake.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 and 1. After version 0 the messages of the mechanism follow without a frame, after version 1 in SaslAuthenticate.
// A client that has logged in already logs in again.

const FIRST_WITH_FRAMES = 1;

export const saslHandshake = defineRequest(SaslHandshake, [0, 1], ({ mechanism }, { version, client: { login } }) => {
  if (!login) return { errorCode: ErrorCode.ILLEGAL_SASL_STATE, mechanisms: [] };
  return { errorCode: login.begin(mechanism, version < FIRST_WITH_FRAMES), mechanisms: [...login.mechanisms] };
});
