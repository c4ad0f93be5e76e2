// @vitest-environment jsdom
import { render } from 'preact';
import { expect, it } from 'vitest';
import { showLanguage } from '../words/words.ts';
import { MailChip } from './chip.tsx';

it('the state of the ledger says beside `accepted` that the mail was sent, and nothing beside the others', async () => {
  await showLanguage('ko');
  const box = document.createElement('div');
  render(<MailChip status="accepted" />, box);
  expect(box.textContent).toBe('accepted 발송됨');
  render(<MailChip status="waiting" />, box);
  expect(box.textContent).toBe('waiting');
});
