import { describe, expect, it } from 'vitest';
import { refusedByBroker } from './refused-by-broker.ts';

const named = (name: string): Error => Object.assign(new Error('Invalid username or password'), { name });
const withCode = (code: string, message = code): Error => Object.assign(new Error(message), { code });

describe('refusedByBroker', () => {
  it.each([
    ['kafkajs', named('KafkaJSSASLAuthenticationError')],
    ['platformatic', withCode('PLT_KFK_AUTHENTICATION', 'Invalid username or password')],
  ])('knows a login that is refused, in the words of %s', (_, error) => {
    expect(refusedByBroker(error)).toMatchObject({
      code: 'BROKER_LOGIN_REFUSED',
      message: 'the broker refuses our login: Invalid username or password',
    });
  });

  it.each([
    'CERT_HAS_EXPIRED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s is a broker that is not to be trusted', (code) => {
    expect(refusedByBroker(withCode(code))?.code).toBe('BROKER_NOT_TRUSTED');
  });

  it('looks at causes, and at every one of several', () => {
    const expired = withCode('CERT_HAS_EXPIRED', 'Connection error: certificate has expired');
    expect(refusedByBroker(new Error('tried often', { cause: expired }))?.message).toBe(
      "the broker's certificate does not hold: Connection error: certificate has expired",
    );
    expect(refusedByBroker(new AggregateError([withCode('ECONNREFUSED'), expired]))?.code).toBe('BROKER_NOT_TRUSTED');
  });

  it.each([withCode('ECONNREFUSED'), withCode('ECONNRESET'), new Error('some bug'), 'not even an error'])(
    'a broker that is away has not refused us: %s',
    (error) => {
      expect(refusedByBroker(error)).toBeUndefined();
    },
  );
});
