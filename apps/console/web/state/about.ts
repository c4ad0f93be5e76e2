import { signal } from '@preact/signals';
import type { About } from '../../src/api.ts';
import { getJson } from './api.ts';

/** What this console offers. Null until it is known. */
export const about = signal<About | null>(null);

export async function readAbout(): Promise<void> {
  try {
    about.value = await getJson<About>('/api/about');
  } catch {
    setTimeout(() => void readAbout(), 1_000);
  }
}
