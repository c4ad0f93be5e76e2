import { useState } from 'preact/hooks';
import { PAGES_MAX } from '../limits.ts';
import { readPages } from './read-pages.ts';
import type { Pages } from './read-pages.ts';
import { useReading } from './use-resource.ts';
import type { Resource } from './use-resource.ts';

export interface PagesResource<Page> extends Resource<Pages<Page>> {
  /** Reads one page more from now on; null when there is none, or PAGES_MAX are read. */
  readonly showMore: (() => void) | null;
}

/** The first page of a list, and as many further ones as the reader has wanted, all read again every `everyMs`. */
export function usePages<Page>(
  first: string,
  further: (page: Page) => readonly string[],
  everyMs: number,
): PagesResource<Page> {
  const [wanted, setWanted] = useState({ first, depth: 1 });
  // Another filter is another list: it begins with its first page.
  const depth = wanted.first === first ? wanted.depth : 1;
  const name = `${first}${first.includes('?') ? '&' : '?'}pages=${depth}`;
  const resource = useReading(name, async (signal) => readPages(first, further, depth, signal), everyMs);
  const canShowMore = resource.value?.hasMore === true && depth < PAGES_MAX;
  return { ...resource, showMore: canShowMore ? () => setWanted({ first, depth: depth + 1 }) : null };
}
