import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { READINESS_CHECK_TIMEOUT_MS } from '../limits.ts';
import { Readiness } from './readiness.ts';

describe('Readiness', () => {
  it('is ready when every check is', async () => {
    const readiness = new Readiness();
    readiness.add('database', async () => ({ ready: true }));
    readiness.add('consumer', async () => ({ ready: true }));
    expect(await readiness.report()).toEqual({
      ready: true,
      checks: { database: { ready: true }, consumer: { ready: true } },
    });
  });

  it('reports which check failed and why, also when it throws', async () => {
    const readiness = new Readiness();
    readiness.add('database', () => Promise.reject(new Error('connect ECONNREFUSED')));
    readiness.add('consumer', async () => ({ ready: true }));
    expect(await readiness.report()).toEqual({
      ready: false,
      checks: { database: { ready: false, detail: 'connect ECONNREFUSED' }, consumer: { ready: true } },
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
    expect(report.checks['database']).toEqual({ ready: false, detail: expect.stringContaining('no answer within') });
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

  it('refuses two checks of one name', () => {
    const readiness = new Readiness();
    readiness.add('database', async () => ({ ready: true }));
    expect(() => readiness.add('database', async () => ({ ready: true }))).toThrow(/database exists already/);
  });
});
