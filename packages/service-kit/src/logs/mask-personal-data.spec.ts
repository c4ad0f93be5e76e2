import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { StructuredLogger } from './structured-logger.ts';

function lineOf(fields: object, personalData?: boolean): string {
  let written = '';
  const destination = { write: (line: string) => void (written += line) };
  new StructuredLogger({ service: 'mail-service', level: 'info', personalData, destination }).log(fields, 'x', 'Test');
  return written;
}

describe('personal data in log lines', () => {
  it.each([
    ['the answer of a mail server', { response: '550 <jin.park@example.com>: no such user' }],
    ['an address after a line break', { text: 'To:\njin.park@example.com' }],
    ['an address after a control character', { text: '\u001fjin.park@example.com' }],
    ['an error and its stack', { err: new Error('jin.park@example.com is refused') }],
    ['a duplicate key', { err: Object.assign(new Error('x'), { detail: 'Key (name)=(jin.park) already exists.' }) }],
    ['a name', { customer: { name: 'jin.park "the first"\n' } }],
    ['the subject of a mail', { subject: 'Welcome, jin.park' }],
    ['the content of a mail', { mail: { text: 'Dear jin.park,', html: '<p>Dear jin.park</p>' } }],
    [
      'the parameters of a statement that failed',
      { err: new QueryFailedError('INSERT …', [['a]'], ['jin.park']], new Error('x')) },
    ],
    ['a failing row', { err: Object.assign(new Error('x'), { detail: 'Failing row contains (1, jin.park, "a").' }) }],
  ])('is masked in %s, and the line is still JSON', (_where, fields) => {
    const line = lineOf(fields);
    expect(JSON.parse(line)).toMatchObject({ msg: 'x', context: 'Test' });
    expect(line).toContain('***');
    expect(line).not.toContain('jin.park');
  });

  it.each([
    ['a field', { to: '+821012345678' }],
    ['the answer of a gateway', { response: '400 "+821012345678": not reachable' }],
    ['an error', { err: new Error('+821012345678 is refused') }],
  ])('is masked in %s with a phone number', (_where, fields) => {
    const line = lineOf(fields);
    expect(JSON.parse(line)).toMatchObject({ msg: 'x' });
    expect(line).not.toContain('1012345678');
  });

  it('is not seen in a number or a time', () => {
    const fields = { offset: '123456789012', at: '2026-11-21T09:00:00.000+09:00', bytes: 123_456_789 };
    expect(JSON.parse(lineOf(fields))).toMatchObject(fields);
  });

  it('is not seen in a Message-ID, which begins with the id of an event', () => {
    const messageId = '<0193f3a0-7c1e-7b62-9d1e-3f6f0f6f2a11.welcome@shop.example>';
    expect(JSON.parse(lineOf({ messageId }))).toMatchObject({ messageId });
  });

  it('is not seen in a field whose name only ends like one of a person', () => {
    expect(JSON.parse(lineOf({ hostname: 'broker', context: 'Http' }))).toMatchObject({ hostname: 'broker' });
  });

  it('is written when that is switched on', () => {
    const err = new QueryFailedError('INSERT …', ['jin.park'], new Error('x'));
    const fields = { to: 'jin.park@example.com', name: 'Jin', err };
    expect(JSON.parse(lineOf(fields, true))).toMatchObject({ ...fields, err: { parameters: ['jin.park'] } });
  });
});
