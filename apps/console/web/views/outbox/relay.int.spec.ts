import { expect, it, onTestFinished } from 'vitest';
import { startConsole } from '../../../src/testing/start-console.ts';
import { startNoteService } from '../../../src/testing/start-note-service.ts';
import { CHROMIUM } from '../../testing/chromium.ts';
import { inChromium } from '../../testing/in-chromium.ts';
import { PAGE_MS_MAX } from '../../testing/open-page.ts';

const pages = inChromium();

it.skipIf(CHROMIUM === undefined)(
  'a service whose broker stops is amber, with since when, why, and what to do (skipped without Chromium)',
  { timeout: PAGE_MS_MAX },
  async () => {
    const notes = await startNoteService();
    onTestFinished(async () => notes.close());
    const console = await startConsole({
      KAFKA_BROKERS: notes.bus.address,
      SERVICES_ADMIN: `note-service=${notes.adminUrl}`,
    });
    onTestFinished(async () => console.close());
    const page = await pages.open(`${console.url}/outbox`);
    const card = page.locator('section.card', { has: page.getByRole('heading', { name: 'note-service' }) });
    await card.locator('header').getByText('ready', { exact: true }).waitFor();
    expect(await card.locator('h2 .dot').getAttribute('class')).toBe('dot green');

    await notes.bus.close();
    await card.locator('header').getByText('no broker connection').waitFor();
    expect(await card.locator('h2 .dot').getAttribute('class')).toBe('dot amber');
    expect(await card.locator('.note.amber').innerText()).toMatch(
      /^No connection to the broker since \d\d:\d\d:\d\d \(\d+ s\)\. \(.*ECONNREFUSED.*\) .* wait in the outbox .* Start the broker, or correct KAFKA_BROKERS/,
    );
  },
);
