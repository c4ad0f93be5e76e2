import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { READINESS_CHECK_TIMEOUT_MS } from '../limits.ts';
import { Readiness } from './readiness.ts';
import type { CheckReport, CheckResult } from './readiness.ts';

const READY = { state: 'ready', ready: true, since: expect.any(String) };

describe('Readiness', () => {
  it('is ready when every check is', async () => {
    const readiness = new Readiness();
    readiness.add('database', async () => ({ ready: true }));
    readiness.add('consumer', async () => ({ ready: true }));
    expect(await readiness.report()).toEqual({
      ready: true,
      checks: { database: READY, consumer: READY },
    });
  });

  it('reports which check failed and why, also when it throws', async () => {
    const readiness = new Readiness();
    readiness.add('database', () => Promise.reject(new Error('connect ECONNREFUSED')));
    readiness.add('consumer', async () => ({ ready: true }));
    expect(await readiness.report()).toEqual({
      ready: false,
      checks: {
        database: {
          state: 'not ready',
          ready: false,
          since: expect.any(String),
          detail: 'connect ECONNREFUSED',
          code: 'check-failed',
          params: { reason: 'connect ECONNREFUSED' },
        },
        consumer: READY,
      },
    });
  });

  it('says of a check that reads the database that it is unavailable, whatever the driver calls that', async () => {
    const readiness = new Readiness();
    readiness.add('outbox', () => Promise.reject(new Error('Driver not Connected')));
    expect((await readiness.report()).checks['outbox']).toMatchObject({
      ready: false,
      detail: 'the database is unavailable: Driver not Connected',
      code: 'check-without-database',
      params: { reason: 'Driver not Connected' },
    });
  });

  it('answers in time when a check hangs, and does not start it a second time meanwhile', async () => {
    const readiness = new Readiness();
    let started = 0;
    readiness.add('database', () => {
      started += 1;
      return new Promise(() => undefined);
    });
    const startedAt = performance.now();
    const [report] = await Promise.all([readiness.report(), readiness.report()]);
    expect(performance.now() - startedAt).toBeLessThan(READINESS_CHECK_TIMEOUT_MS + 300);
    expect(report.checks['database']).toMatchObject({
      ready: false,
      detail: 'no answer within 0.8 s',
      code: 'check-timed-out',
      params: { seconds: '0.8' },
    });
    expect(started).toBe(1);
  });

  it('runs a check again once it has ended', async () => {
    const readiness = new Readiness();
    let ready = false;
    readiness.add('database', async () => {
      await delay(1); // takes a moment, as a database does
      return { ready };
    });
    expect((await readiness.report()).ready).toBe(false);
    ready = true;
    expect((await readiness.report()).ready).toBe(true);
  });

  it('reports the state of a check and since when it is in it', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01T00:00:00Z') });
    onTestFinished(() => void vi.useRealTimers());
    const readiness = new Readiness();
    let result: CheckResult = { ready: true, warnings: [] };
    readiness.add('outbox', async () => result);
    const reportAt = async (time: string): Promise<CheckReport> => {
      vi.setSystemTime(time);
      return (await readiness.report()).checks['outbox']!;
    };
    expect(await reportAt('2026-01-01T00:00:01Z')).toEqual({
      state: 'ready',
      ready: true,
      since: '2026-01-01T00:00:01.000Z',
    });
    expect((await reportAt('2026-01-01T00:00:02Z')).since).toBe('2026-01-01T00:00:01.000Z');
    result = { ready: true, warnings: ['rows wait'] };
    expect(await reportAt('2026-01-01T00:00:03Z')).toEqual({
      state: 'warning',
      ready: true,
      since: '2026-01-01T00:00:03.000Z',
      warnings: ['rows wait'],
    });
    result = { ready: false };
    expect(await reportAt('2026-01-01T00:00:04Z')).toMatchObject({
      state: 'not ready',
      since: '2026-01-01T00:00:04.000Z',
    });
  });

  it('refuses two checks of one name', () => {
    const readiness = new Readiness();
    readiness.add('database', async () => ({ ready: true }));
    expect(() => readiness.add('database', async () => ({ ready: true }))).toThrow(/database exists already/);
  });
});
