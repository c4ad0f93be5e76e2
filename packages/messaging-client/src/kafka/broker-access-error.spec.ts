import { describe, expect, it } from 'vitest';
import { brokerAccessError } from './broker-access-error.ts';

const named = (name: string): Error => Object.assign(new Error('Invalid username or password'), { name });
const withCode = (code: string, message = code): Error => Object.assign(new Error(message), { code });

describe('brokerAccessError', () => {
  it.each([
    ['kafkajs', named('KafkaJSSASLAuthenticationError')],
    ['platformatic', withCode('PLT_KFK_AUTHENTICATION', 'Invalid username or password')],
  ])('recognises a rejected login by the error of %s', (_, error) => {
    expect(brokerAccessError(error)).toMatchObject({
      code: 'BROKER_LOGIN_REFUSED',
      message: 'the broker rejected our login: Invalid username or password',
    });
  });

  it.each([
    'CERT_HAS_EXPIRED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ])('%s is a broker that is not trusted', (code) => {
    expect(brokerAccessError(withCode(code))?.code).toBe('BROKER_NOT_TRUSTED');
  });

  it('finds it among causes, and among several errors', () => {
    const expired = withCode('CERT_HAS_EXPIRED', 'Connection error: certificate has expired');
    expect(brokerAccessError(new Error('failed 3 times', { cause: expired }))?.message).toBe(
      'certificate verification failed: Connection error: certificate has expired',
    );
    expect(brokerAccessError(new AggregateError([withCode('ECONNREFUSED'), expired]))?.code).toBe('BROKER_NOT_TRUSTED');
  });

  it.each([withCode('ECONNREFUSED'), withCode('ECONNRESET'), new Error('some bug'), 'not even an error'])(
    'a broker that is unavailable has rejected nothing: %s',
    (error) => {
      expect(brokerAccessError(error)).toBeUndefined();
    },
  );
});
