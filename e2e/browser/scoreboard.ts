import type { Page } from 'playwright-core';

const TERMS = ['accepted', 'mailed', 'in flight', 'parked', 'dead'] as const;
export type Figures = Record<(typeof TERMS)[number], number | null>;

/** What the page shows, in English; null where it shows that it does not know. */
export async function figuresOf(page: Page): Promise<Figures> {
  const board = page.getByRole('region', { name: 'Scoreboard' });
  const figures = {} as Figures;
  for (const term of TERMS) {
    const link = board.getByRole('link', { name: new RegExp(`^${term}\\b`) });
    const text = (await link.innerText()).replace(term, '').replaceAll(',', '').trim();
    figures[term] = /^\d+$/.test(text) ? Number(text) : null;
  }
  return figures;
}

export async function verdictOf(page: Page): Promise<string> {
  return page.getByRole('region', { name: 'Scoreboard' }).getByRole('status').innerText();
}
