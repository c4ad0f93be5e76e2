import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CLEANUP_LATE_AFTER_MS, ROWS_DELETED_AT_ONCE, TABLE_CLEANUP_MS } from '../limits.ts';
import { TableCleanup } from './table-cleanup.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const RULE = { table: 'note', where: 'true', values: [] };

it('deletes batch after batch while rows are left, and is late when it fails for an hour', async () => {
  const left = [ROWS_DELETED_AT_ONCE, ROWS_DELETED_AT_ONCE, 7];
  let problem: Error | undefined;
  const query = async (): Promise<object[]> => {
    if (problem !== undefined) throw problem;
    return Array.from({ length: left.shift() ?? 0 }, () => ({}));
  };
  const cleanup = new TableCleanup({ isInitialized: true, query } as unknown as DataSource);
  cleanup.add(RULE);
  cleanup.start();
  await vi.advanceTimersByTimeAsync(TABLE_CLEANUP_MS);
  expect(left).toEqual([]);

  problem = new Error('permission denied for table note');
  await vi.advanceTimersByTimeAsync(CLEANUP_LATE_AFTER_MS - 1);
  expect(cleanup.warnings()).toEqual([]);
  await vi.advanceTimersByTimeAsync(TABLE_CLEANUP_MS);
  expect(cleanup.warnings()).toEqual([
    expect.stringMatching(/^old rows have not all been deleted for 6\d min: note: permission denied for table note$/),
  ]);
  problem = undefined;
  await vi.advanceTimersByTimeAsync(TABLE_CLEANUP_MS);
  expect(cleanup.warnings()).toEqual([]);
  await cleanup.stop();
});

it('goes on with the other tables when one cannot be cleaned up, and waits for the database to be open', async () => {
  const asked: string[] = [];
  const dataSource = {
    isInitialized: false,
    query: async (statement: string): Promise<object[]> => {
      const table = /^DELETE FROM (\w+)/.exec(statement)![1]!;
      asked.push(table);
      if (table === 'locked') throw new Error('canceling statement due to statement timeout');
      return [];
    },
  };
  const cleanup = new TableCleanup(dataSource as unknown as DataSource);
  cleanup.add({ ...RULE, table: 'locked' }, RULE);
  cleanup.start();
  await vi.advanceTimersByTimeAsync(TABLE_CLEANUP_MS);
  expect(asked).toEqual([]);
  dataSource.isInitialized = true;
  await vi.advanceTimersByTimeAsync(CLEANUP_LATE_AFTER_MS);
  expect(asked.slice(0, 4)).toEqual(['locked', 'note', 'locked', 'note']);
  expect(cleanup.warnings()).toEqual([expect.stringContaining('locked: canceling statement')]);
  await cleanup.stop();
});
