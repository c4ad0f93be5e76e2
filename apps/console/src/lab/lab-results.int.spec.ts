import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LabResults } from '../api.ts';
import { startConsole } from '../testing/start-console.ts';
import { readLabResults } from './lab-results.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-results-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('the results of the repository are served, a cell for each sentence and system', async () => {
  const page = await startConsole({ KAFKA_BROKERS: '127.0.0.1:1' });
  try {
    const { status, body } = await page.get('/api/lab');
    const { systems, sentences } = body as LabResults;
    expect(status).toBe(200);
    expect(systems.map(({ title }) => title)).toContain('RabbitMQ');
    expect(sentences.length).toBeGreaterThan(0);
    for (const { cells } of sentences)
      expect(cells.map(({ system }) => system)).toEqual(systems.map(({ name }) => name));
    expect(sentences.flatMap(({ cells }) => cells).some(({ verdict }) => verdict === 'does not hold')).toBe(true);
  } finally {
    await page.close();
  }
});

it('a reason has Korean words for a Korean page', async () => {
  const { sentences } = await readLabResults();
  const reasons = sentences.flatMap(({ cells }) => cells.flatMap(({ why }) => why ?? []));
  expect(reasons.length).toBeGreaterThan(0);
  expect(reasons.filter(({ ko }) => !/[가-힣]/.test(ko))).toEqual([]);
});

it('a deployment without the repository has no results', async () => {
  expect(await readLabResults(join(folder, 'nothing.json'))).toEqual({ systems: [], sentences: [] });
});

it.each(['{"systems": [', '{"systems": [], "sentences": [{"id": "03a"}]}'])(
  '%s is reported with its file',
  async (content) => {
    const file = join(folder, 'damaged.json');
    writeFileSync(file, content);
    await expect(readLabResults(file)).rejects.toMatchObject({
      status: 500,
      message: expect.stringContaining(file),
      next: 'npm run lab -- --pages writes them again.',
    });
  },
);
