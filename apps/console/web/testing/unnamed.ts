import type { Page } from 'playwright-core';

const NEED_A_NAME: ReadonlySet<string> = new Set([
  'button',
  'checkbox',
  'columnheader',
  'combobox',
  'complementary',
  'dialog',
  'group',
  'Iframe',
  'image',
  'link',
  'navigation',
  'radio',
  'region',
  'searchbox',
  'spinbutton',
  'switch',
  'table',
  'textbox',
]);
/** Of which a page has one, or several that are told apart by their names. */
const LANDMARKS: ReadonlySet<string> = new Set(['banner', 'complementary', 'main', 'navigation', 'region', 'search']);

/** What a screen reader would present without a name, and landmarks that it could not tell apart, in the browser's accessibility tree. */
export async function unnamed(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const seen = nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name }) => ({
      role: String(role?.value ?? ''),
      name: String(name?.value ?? '').trim(),
    }));
  const landmarks = seen.filter(({ role }) => LANDMARKS.has(role)).map(({ role, name }) => `${role} “${name}”`);
  return [
    ...seen
      .filter(({ role, name }) => NEED_A_NAME.has(role) && name === '')
      .map(({ role }) => `${role} without a name`),
    ...landmarks.filter((one, at) => landmarks.indexOf(one) !== at).map((one) => `two of ${one}`),
    ...(seen.some(({ role }) => role === 'main') ? [] : ['no main']),
  ];
}
