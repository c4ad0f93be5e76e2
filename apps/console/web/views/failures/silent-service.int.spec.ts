import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetterList, FailureCounts, SourceProblem } from '../../../src/api.ts';
import { CHROMIUM } from '../../testing/chromium.ts';
import { inChromium } from '../../testing/in-chromium.ts';
import { serveFixture } from '../../testing/serve-fixture.ts';
import { letter } from '../../testing/serve-letters.ts';

const SILENT = 'order-service';
const params = { source: SILENT, address: 'http://127.0.0.1:1', setting: 'SERVICES_ADMIN', reason: 'ECONNREFUSED' };
const problem: SourceProblem = {
  ...params,
  detail: '',
  said: { code: 'source-unavailable', params },
  since: new Date(0).toISOString(),
};
const ROWS = [0, 1].map((n) => ({ ...letter(n), service: n === 0 ? 'mail-service' : SILENT, error: `error ${n}` }));

describe.skipIf(CHROMIUM === undefined)('dead letters of a service that is silent (skipped without Chromium)', () => {
  const pages = inChromium();
  let served: Awaited<ReturnType<typeof serveFixture>>;
  let page: Page;
  let problems: readonly SourceProblem[];
  let requests = 0;

  beforeAll(async () => {
    served = await serveFixture();
    const counts = (): FailureCounts => {
      const known = problems.length === 0 ? ROWS.length : null;
      return { parked: known, dead: known, resolved: known, problems };
    };
    served.answer('/api/failures/counts', counts);
    served.answer('/api/failures/dead', (): DeadLetterList => {
      requests += 1;
      return { counts: counts(), rows: ROWS, next: null, problems };
    });
  });
  afterAll(() => served?.[Symbol.asyncDispose]());
  beforeEach(() => {
    problems = [];
  });

  /** By their errors. */
  const dimmed = async () => page.locator('tbody tr.stale').allInnerTexts();
  const theSilent = [expect.stringContaining('error 1')];

  it('are dimmed from the moment it is silent, under the reason, and not when it answers again', async () => {
    page = await pages.open(`${served.address}/failures/dead`);
    await page.getByText('error 1').waitFor();
    expect(await dimmed()).toEqual([]);
    problems = [problem];
    await expect.poll(dimmed).toEqual(theSilent);
    const opacity = await page.locator('tbody tr.stale').evaluate((row) => Number(getComputedStyle(row).opacity));
    expect(opacity).toBeLessThan(1);
    await page.getByText(/order-service unavailable for/).waitFor();
    problems = [];
    await expect.poll(dimmed).toEqual([]);
    expect(requests).toBe(1);
  });

  it('are dimmed when they are first read while it is silent, and read again when it answers', async () => {
    problems = [problem];
    page = await pages.open(`${served.address}/failures/dead`);
    await expect.poll(dimmed).toEqual(theSilent);
    const before = requests;
    problems = [];
    await expect.poll(dimmed).toEqual([]);
    expect(requests).toBe(before + 1);
  });
});
