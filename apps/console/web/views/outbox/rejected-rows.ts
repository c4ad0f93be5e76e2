import type { RejectedAnswer, RejectedRows } from '../../../src/api.ts';
import type { Selection } from '../../acts/selection.ts';

/** A row that the broker rejects, with the service whose outbox has it. */
export type RejectedRow = RejectedAnswer['rows'][number] & { readonly service: string; readonly id: string };

export const FILTERS = ['service', 'event', 'topic', 'key'] as const;

/** The conditions of the page's address, as the server takes them. */
export function rejectedUrl(query: URLSearchParams): string {
  const given = FILTERS.flatMap((name) => {
    const value = query.get(name)?.trim();
    return value ? [[name, value] as [string, string]] : [];
  });
  return given.length === 0 ? '/api/outbox/rejected' : `/api/outbox/rejected?${new URLSearchParams(given).toString()}`;
}

/** Each service has pages of its own. */
export function furtherPages(url: string, { services }: RejectedRows): string[] {
  return services.flatMap(({ service, rejected }) => {
    const after = rejected.value?.next ?? null;
    if (after === null) return [];
    const [path, conditions] = url.split('?');
    const search = new URLSearchParams(conditions);
    search.set('service', service);
    search.set('after', after);
    return [`${path}?${search.toString()}`];
  });
}

/** Oldest first. */
export function rowsOf(pages: readonly RejectedRows[]): RejectedRow[] {
  return pages
    .flatMap(({ services }) => services)
    .flatMap(({ service, rejected }) => (rejected.value?.rows ?? []).map((row) => ({ ...row, service, id: row.seq })))
    .sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
}

/** All that match, by a filter for each service; null: no condition is given, and a service acts on none without one. */
export function allThatMatch(url: string, services: readonly string[]): Selection[] | null {
  const search = new URLSearchParams(url.split('?')[1]);
  search.delete('service');
  return search.size === 0 ? null : services.map((service) => ({ service, filter: Object.fromEntries(search) }));
}
