import { AuthenticationError, MultipleErrors, NetworkError, ProtocolError, UserError } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { isPassing, protocolNames, readable } from './library-errors.ts';

const refused = new NetworkError('Connection to a:1 failed.', { cause: new Error('connect ECONNREFUSED a:1') });

describe('an error of the library', () => {
  it('is read by what is at the bottom of it, each thing once', () => {
    const often = new MultipleErrors('metadata failed 4 times.', [
      new MultipleErrors('Cannot connect to any broker.', [refused]),
      new MultipleErrors('Cannot connect to any broker.', [refused]),
      new Error('Connection closed'),
    ]);
    expect(readable(often).message).toBe('connect ECONNREFUSED a:1; Connection closed');
    expect(readable(often).cause).toBe(often);
  });

  it('names what the broker said, however deep', () => {
    const deep = new MultipleErrors('failed', [refused, new MultipleErrors('again', [new ProtocolError(10)])]);
    expect([...protocolNames(readable(deep))]).toEqual(['MESSAGE_TOO_LARGE']);
    expect([...protocolNames(new UserError('Unknown topic none.'))]).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
  });

  it.each([
    ['a broker that is away', refused],
    ['a group that settles', new ProtocolError('REBALANCE_IN_PROGRESS')],
    ['a group that has forgotten us', new ProtocolError('UNKNOWN_MEMBER_ID')],
    ['a topic of which the broker has not heard yet', new UserError('Unknown topic none.')],
  ])('may pass: %s', (_, error) => {
    expect(isPassing(new MultipleErrors('failed', [error]))).toBe(true);
  });

  it.each([
    ['a login that is refused', new AuthenticationError('SASL authentication failed.')],
    ['a group that we may not join', new ProtocolError('GROUP_AUTHORIZATION_FAILED')],
    ['a bug', new TypeError('undefined is not a function')],
  ])('does not pass by itself: %s', (_, error) => {
    expect(isPassing(error)).toBe(false);
  });
});
