import { MessagingError } from '../errors.ts';

/** The client libraries' names of a failed login, and the protocol's of a mechanism that the broker does not offer. */
const LOGIN_REJECTED = new Set<unknown>([
  'KafkaJSSASLAuthenticationError',
  'PLT_KFK_AUTHENTICATION',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
]);

/** Node's codes of a certificate that fails verification: expired, of an unknown authority, of another host. */
const CERTIFICATE_REJECTED = /CERT|^UNABLE_TO_VERIFY|^HOSTNAME_MISMATCH$|^INVALID_(CA|PURPOSE)$/;

/**
 * The error of a broker that rejects our credentials, or whose certificate we reject; undefined for one that is unavailable.
 * The first is a wrong setting and lasts until it is fixed, the second comes back.
 */
export function brokerAccessError(error: unknown): MessagingError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, code, type, cause } = error as Error & { code?: unknown; type?: unknown };
  if ([name, code, type].some((word) => LOGIN_REJECTED.has(word))) {
    return new MessagingError('BROKER_LOGIN_REFUSED', `the broker rejected our login: ${message}`, { cause: error });
  }
  if (typeof code === 'string' && CERTIFICATE_REJECTED.test(code)) {
    return new MessagingError('BROKER_NOT_TRUSTED', `certificate verification failed: ${message}`, {
      cause: error,
    });
  }
  const within = error instanceof AggregateError ? error.errors : [cause];
  return within.map(brokerAccessError).find((found) => found !== undefined);
}
