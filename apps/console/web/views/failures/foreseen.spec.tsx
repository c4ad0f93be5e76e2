// @vitest-environment jsdom
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import type { ActResult } from '../../../src/api.ts';
import { loadViewWords, showLanguage } from '../../words/words.ts';
import { Foreseen } from './foreseen.tsx';

beforeAll(async () => loadViewWords());

const result = (next: string | null): ActResult => ({
  service: 'mail-service',
  result: {
    dryRun: true,
    counts: [],
    resolved: [],
    refused: [],
    batches: [],
    foreseen: { holding: 500, waiting: 500, skipping: 0, alreadyHandled: [] },
    next,
  },
  token: null,
  expiresAt: null,
});

it.each([
  ['en', null, 'same key: 500.'],
  ['en', 'next', 'same key: ≥ 500.'],
  ['ko', null, ': 500건.'],
  ['ko', 'next', ': 500건 이상.'],
] as const)('in %s, with more to come: %s, it says %s', async (language, next, text) => {
  await showLanguage(language);
  const box = document.createElement('div');
  render(<Foreseen act="redrive" dryRuns={[result(next)]} force={false} isActing={false} onForce={() => {}} />, box);
  expect(box.textContent).toContain(text);
});
