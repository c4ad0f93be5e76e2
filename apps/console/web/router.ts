import { batch, signal } from '@preact/signals';

export const path = signal(location.pathname);
export const query = signal(new URLSearchParams(location.search));

/** Goes to an address of the console. `replace`: Back skips the present one. */
export function navigate(href: string, { replace = false } = {}): void {
  const target = new URL(href, location.href);
  if (target.href === location.href) return;
  const isOtherPage = target.pathname !== location.pathname;
  history[replace ? 'replaceState' : 'pushState'](null, '', target);
  follow();
  if (isOtherPage && !replace) document.documentElement.scrollTop = 0;
}

/** Changes the given parameters of the present address and keeps the others; null removes one. */
export function setQuery(changes: Readonly<Record<string, string | null>>, { replace = true } = {}): void {
  navigate(withQuery(changes), { replace });
}

export function withQuery(changes: Readonly<Record<string, string | null>>): string {
  const next = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
  }
  return next.size === 0 ? path.value : `${path.value}?${next.toString()}`;
}

/** The values of `:name` in the pattern; null if the address is another one. */
export function match(pattern: string, address: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split('/');
  const given = address.replace(/(?<=.)\/$/, '').split('/');
  if (wanted.length !== given.length) return null;
  const values: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(':') && given[index] !== '') values[part.slice(1)] = decode(given[index]!);
    else if (part !== given[index]) return null;
  }
  return values;
}

/** Clicks on links within the console change the view; the browser opens all others. */
export function startRouter(): void {
  addEventListener('popstate', follow);
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = (event.target as Element).closest?.('a');
    if (link === null || link === undefined || link.target !== '' || link.origin !== location.origin) return;
    if (link.hasAttribute('download') || link.hash !== '' || link.getAttribute('href') === null) return;
    event.preventDefault();
    navigate(link.href);
  });
}

function follow(): void {
  batch(() => {
    path.value = location.pathname;
    query.value = new URLSearchParams(location.search);
  });
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
