// @vitest-environment jsdom
import type { ComponentChild } from 'preact';
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import type { Chaos } from '../../../src/api.ts';
import { chaos } from '../../testing/fixture.ts';
import { loadViewWords, showLanguage } from '../../words/words.ts';
import { Faults } from './faults.tsx';
import { Guarantees } from './guarantees.tsx';

beforeAll(async () => {
  await loadViewWords();
  await showLanguage('en');
});

function shown(content: ComponentChild): HTMLElement {
  const box = document.createElement('div');
  render(content, box);
  return box;
}

it('a fault of the mail server says which other one it switches off', () => {
  const only = (name: string, value: string): Chaos['faults'] =>
    chaos.faults.map((one) => ({ ...one, value: one.fault === name ? value : null }));
  const hints = (faults: Chaos['faults']) =>
    [...shown(<Faults chaos={{ ...chaos, faults }} act={async () => {}} />).querySelectorAll('.fault')]
      .filter((row) => row.textContent.includes('Switches off: Mail server slow.'))
      .map((row) => row.querySelector('.name')!.textContent);
  expect(hints(only('mail-server-slow', 'on'))).toEqual(['Mail server down', 'Mail server refuses']);
  expect(hints(only('database-down', 'on'))).toEqual([]);
});

it('an equation that does not hold is not written as one', () => {
  const text = (found: number) =>
    shown(
      <Guarantees guarantees={[{ id: 'equation', holds: null, figures: { accepted: 2_108, found }, events: [] }]} />,
    ).textContent;
  expect(text(2_107)).toMatch(/2,?108 ≠ 2,?107/);
  expect(text(2_108)).toMatch(/2,?108 = 2,?108/);
});
