import type { Page } from 'playwright-core';

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

/** Every stop of the Tab key, from the start of the page until it leaves it; at most so many. */
export async function tabStops(page: Page, most: number): Promise<readonly Focus[]> {
  const stops: Focus[] = [];
  while (stops.length < most) {
    await page.keyboard.press('Tab');
    const focus = await focusOf(page);
    if (focus === null) break;
    stops.push(focus);
  }
  return stops;
}
