import { signal } from '@preact/signals';

/** Milliseconds of the page's clock, once a second while the tab is visible. Ages are computed from it. */
export const now = signal(Date.now());

export function startClock(): void {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now();
  }, 1_000);
  document.addEventListener('visibilitychange', () => (now.value = Date.now()));
}
