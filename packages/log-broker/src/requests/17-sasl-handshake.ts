import { ErrorCode } from '../wire/error-code.ts';
import { SaslHandshake } from '../wire/generated/sasl-handshake.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 and 1, listed because older librdkafka looks for them. No mechanism is offered: there is no authentication.

export const saslHandshake = defineRequest(SaslHandshake, [0, 1], () => ({
  errorCode: ErrorCode.UNSUPPORTED_SASL_MECHANISM,
  mechanisms: [],
}));
