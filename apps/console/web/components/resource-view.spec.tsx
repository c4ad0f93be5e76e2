// @vitest-environment jsdom
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { beforeEach, expect, it } from 'vitest';
import type { Said, SourceProblem } from '../../src/api.ts';
import { showLanguage } from '../words/words.ts';
import { ResourceView, SourceNotes } from './resource-view.tsx';

beforeEach(async () => showLanguage('en'));

const problem = (source: string, said: Said): SourceProblem => ({
  source,
  address: `http://${source}`,
  setting: 'SERVICES_ADMIN',
  detail: '',
  said,
  since: new Date().toISOString(),
});

const refused = (source: string, code: string): SourceProblem =>
  problem(source, { code: 'source-refuses', params: { source, answer: '' }, refusal: { code, params: {} } });

function notes(...problems: SourceProblem[]): string[] {
  const box = document.createElement('div');
  render(<SourceNotes problems={problems} />, box);
  return [...box.querySelectorAll('.note')].map(({ textContent }) => textContent);
}

it('sources that answer with the same error are one sentence', () => {
  const [first, second, ...others] = notes(
    refused('member-service', 'database-unavailable'),
    refused('order-service', 'not-ready'),
    refused('mail-service', 'database-unavailable'),
  );
  expect(first).toMatch(/^member-service, mail-service, for \d s: The database does not answer in time\.$/);
  expect(second).toMatch(/^order-service, for/);
  expect(others).toEqual([]);
});

it('each source that does not answer is named with its address and its setting', () => {
  const params = { address: '', setting: '', reason: 'ECONNREFUSED' };
  const [first, second] = notes(
    problem('member-service', { code: 'source-unavailable', params: { ...params, source: 'member-service' } }),
    problem('mail-service', { code: 'source-unavailable', params: { ...params, source: 'mail-service' } }),
  );
  expect(first).toMatch(/^member-service .*ECONNREFUSED.*http:\/\/member-service.*SERVICES_ADMIN/);
  expect(second).toMatch(/^mail-service .*ECONNREFUSED.*http:\/\/mail-service.*SERVICES_ADMIN/);
});

it('what a part has read by itself stays while the resource around it cannot be read', () => {
  const box = document.createElement('div');
  let made = 0;
  const Inner = () => <p>inner {useState(() => (made += 1))[0]}</p>;
  const resource = { value: 'outer', at: Date.now(), problem: null, isSlow: false, reload: () => {} };
  const show = (isBroken: boolean) => {
    const failure = { type: 'about:blank', title: '', status: 503, detail: 'It does not answer.' };
    render(
      <ResourceView resource={isBroken ? { ...resource, problem: failure } : resource}>{() => <Inner />}</ResourceView>,
      box,
    );
    return box.textContent;
  };
  expect(show(false)).toBe('inner 1');
  expect(show(true)).toMatch(/^It does not answer\..*inner 1$/);
  expect(show(false)).toBe('inner 1');
});
