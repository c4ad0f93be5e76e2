import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { acceptContracts, checkContracts } from './check-contracts.ts';

it('check is red until accept has written the files, and accept writes nothing while a change is refused', () => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const errors = vi.spyOn(console, 'error').mockImplementation(() => {});
  const folder = mkdtempSync(join(tmpdir(), 'contracts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(checkContracts(folder)).toBe(1);
  expect(acceptContracts(folder)).toBe(0);
  expect(checkContracts(folder)).toBe(0);

  // As if the catalog had other partitions and, which is allowed, another owner.
  const file = join(folder, 'member.signed-up.v1.json');
  const accepted = JSON.parse(readFileSync(file, 'utf8')) as { topic: object };
  const before = JSON.stringify({ ...accepted, owner: 'other', topic: { ...accepted.topic, partitions: 1 } });
  writeFileSync(file, before);
  expect(checkContracts(folder)).toBe(1);
  expect(acceptContracts(folder)).toBe(1);
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(errors.mock.calls.flat().join('\n')).toContain('partitions-changed: partitions of member 1 → 6');

  writeFileSync(file, '{"format":2}');
  expect(checkContracts(folder)).toBe(1);
  expect(errors.mock.calls.flat().at(-1)).toContain('has format 2, and this checkout reads up to 1');
});
