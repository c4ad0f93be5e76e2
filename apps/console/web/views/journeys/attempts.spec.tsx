// @vitest-environment jsdom
import { render } from 'preact';
import { beforeAll, expect, it } from 'vitest';
import { journey } from '../../testing/fixture.ts';
import { loadViewWords, showLanguage } from '../../words/words.ts';
import { Attempts } from './attempts.tsx';

beforeAll(async () => {
  await loadViewWords();
  await showLanguage('en');
});

function shown(groups: typeof journey.groups): string {
  const box = document.createElement('div');
  render(<Attempts journey={{ ...journey, groups }} />, box);
  return box.textContent;
}

it('the answer of the mail server is shown with the attempts that send the mail, and with no others', () => {
  const { answer, messageId } = journey.mail!;
  const [mailing] = journey.groups;
  const other = { ...mailing!, group: 'invoice-service', mails: false };
  // That group has as many attempts, and comes first.
  expect(shown([other, mailing!])).toContain(answer);
  expect(shown([other])).not.toContain(answer);
  expect(shown([other])).not.toContain(messageId);
});

it('an event that is still in the outbox says so, and why', () => {
  const box = document.createElement('div');
  const waits = { kind: 'broker-unavailable', detail: 'connect ECONNREFUSED' } as const;
  const path = { ...journey.path, attempts: 0 };
  render(<Attempts journey={{ ...journey, groups: [], waits, path }} />, box);
  expect(box.textContent).toBe('No attempt yet. It waits in the outbox: the broker is unavailable.');
});

it('attempts that are not known one by one have their number, and what the ledger says', () => {
  const text = shown([]);
  expect(text).toContain('7 attempts');
  expect(text).toContain(journey.mail!.answer);
  expect(text).not.toContain('No attempt yet.');
});
