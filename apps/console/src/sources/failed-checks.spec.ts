import { expect, it } from 'vitest';
import { failedOf } from './failed-checks.ts';

const refused = { ready: false, code: 'database-fails', params: { reason: 'connect ECONNREFUSED' } };
const notConnected = { ready: false, code: 'check-without-database', params: { reason: 'Driver not Connected' } };

it('checks that fail for want of the database are left out beside the check that says why it is away', () => {
  const failed = failedOf({ database: refused, outbox: notConnected, consumer: { ready: true } });
  expect(failed.map(({ check }) => check)).toEqual(['database']);
});

it('a check that has lost the database before the others have is there', () => {
  const failed = failedOf({ database: { ready: true }, outbox: notConnected });
  expect(failed).toEqual([{ check: 'outbox', why: { code: notConnected.code, params: notConnected.params } }]);
});

it('of checks with the same reason the first is there', () => {
  const failed = failedOf({ database: refused, outbox: { ...refused, code: 'check-failed' } });
  expect(failed.map(({ check }) => check)).toEqual(['database']);
});
