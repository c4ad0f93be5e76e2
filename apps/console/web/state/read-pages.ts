import { getJson } from './api.ts';

export interface Pages<Page> {
  readonly pages: readonly Page[];
  /** There are further ones. */
  readonly hasMore: boolean;
}

/**
 * The page at `first` and those behind it, at most `depth` one behind the other, each by the address that the one before gives:
 * what is listed has neither gaps nor doubles, however many rows have come since the last reading.
 */
export async function readPages<Page>(
  first: string,
  further: (page: Page) => readonly string[],
  depth: number,
  signal: AbortSignal,
): Promise<Pages<Page>> {
  const pages: Page[] = [];
  let addresses: readonly string[] = [first];
  for (let level = 0; level < depth && addresses.length > 0; level += 1) {
    const read = await Promise.all(addresses.map(async (address) => getJson<Page>(address, signal)));
    pages.push(...read);
    addresses = read.flatMap(further);
  }
  return { pages, hasMore: addresses.length > 0 };
}
