import { MessagingError } from '../errors.ts';

/** As the client libraries call a failed login, and the protocol one that the broker does not offer, or none at all there. */
const LOGIN_REFUSED = new Set<unknown>([
  'KafkaJSSASLAuthenticationError',
  'PLT_KFK_AUTHENTICATION',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
]);

/** Node's codes for a certificate that does not hold: expired, of an unknown authority, of another host. */
const CERTIFICATE_REFUSED = /CERT|^UNABLE_TO_VERIFY|^HOSTNAME_MISMATCH$|^INVALID_(CA|PURPOSE)$/;

/**
 * Tells a broker that does not let us in, or whom we do not trust, from one that is away: the first is a mistake in
 * somebody's settings and stays until they are mended, the second comes back.
 */
export function refusedByBroker(error: unknown): MessagingError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, code, type, cause } = error as Error & { code?: unknown; type?: unknown };
  if ([name, code, type].some((word) => LOGIN_REFUSED.has(word))) {
    return new MessagingError('BROKER_LOGIN_REFUSED', `the broker refuses our login: ${message}`, { cause: error });
  }
  if (typeof code === 'string' && CERTIFICATE_REFUSED.test(code)) {
    return new MessagingError('BROKER_NOT_TRUSTED', `the broker's certificate does not hold: ${message}`, {
      cause: error,
    });
  }
  const within = error instanceof AggregateError ? error.errors : [cause];
  return within.map(refusedByBroker).find((refusal) => refusal !== undefined);
}
