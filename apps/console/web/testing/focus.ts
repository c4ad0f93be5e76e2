import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** A view has more of them than its links, and fewer than this. */
const STOPS_LEAST = 12;
const STOPS_MAX = 150;

/** What has the focus, and whether it can be seen that it has. */
interface Focus {
  readonly name: string;
  readonly isShown: boolean;
}

/** Null: nothing has it. A search box and a filter show it around themselves. */
export async function focusOf(page: Page): Promise<Focus | null> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return null;
    const looks = [element, element.closest('label'), element.closest('form.search')].flatMap((each) =>
      each === null ? [] : getComputedStyle(each),
    );
    const { top, bottom, left, right } = element.getBoundingClientRect();
    const isInSight = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
    const isMarked = looks.some(
      ({ outlineStyle, outlineWidth, boxShadow }) =>
        (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) || boxShadow !== 'none',
    );
    const name = element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '';
    return { name: `${element.tagName.toLowerCase()} ${name.slice(0, 40)}`, isShown: isInSight && isMarked };
  });
}

/** The Tab key goes from the start of the page through its stops, each in sight and marked, and leaves it behind the last. */
export async function expectTabStopsShown(page: Page): Promise<void> {
  const stops: Focus[] = [];
  while (stops.length < STOPS_MAX) {
    await page.keyboard.press('Tab');
    const focus = await focusOf(page);
    if (focus === null) break;
    stops.push(focus);
  }
  expect(stops.length).toBeGreaterThan(STOPS_LEAST);
  expect(stops.length).toBeLessThan(STOPS_MAX);
  expect(stops.filter(({ isShown }) => !isShown)).toEqual([]);
}
