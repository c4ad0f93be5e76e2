import { AuthenticationError, MultipleErrors, NetworkError, ProtocolError, UserError } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { isTemporary, protocolNames, readable } from './library-errors.ts';

const refused = new NetworkError('Connection to a:1 failed.', { cause: new Error('connect ECONNREFUSED a:1') });

describe('an error of the library', () => {
  it('has its causes as the message, each once', () => {
    const often = new MultipleErrors('metadata failed 4 times.', [
      new MultipleErrors('Cannot connect to any broker.', [refused]),
      new MultipleErrors('Cannot connect to any broker.', [refused]),
      new Error('Connection closed'),
    ]);
    expect(readable(often).message).toBe('connect ECONNREFUSED a:1; Connection closed');
    expect(readable(often).cause).toBe(often);
  });

  it('has the names of errors from the broker, however deep', () => {
    const deep = new MultipleErrors('failed', [refused, new MultipleErrors('again', [new ProtocolError(10)])]);
    expect([...protocolNames(readable(deep))]).toEqual(['MESSAGE_TOO_LARGE']);
    expect([...protocolNames(new UserError('Unknown topic none.'))]).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
  });

  it.each([
    ['a broker that is unavailable', refused],
    ['a group that rebalances', new ProtocolError('REBALANCE_IN_PROGRESS')],
    ['a group that does not know the member any more', new ProtocolError('UNKNOWN_MEMBER_ID')],
    ['a topic that the broker does not know yet', new UserError('Unknown topic none.')],
  ])('is temporary: %s', (_, error) => {
    expect(isTemporary(new MultipleErrors('failed', [error]))).toBe(true);
  });

  it.each([
    ['a login that is rejected', new AuthenticationError('SASL authentication failed.')],
    ['a group that we may not join', new ProtocolError('GROUP_AUTHORIZATION_FAILED')],
    ['a bug', new TypeError('undefined is not a function')],
  ])('is final: %s', (_, error) => {
    expect(isTemporary(error)).toBe(false);
  });
});
