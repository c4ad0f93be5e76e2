import { count } from '../format/format.ts';

export interface Tab {
  readonly href: string;
  readonly label: string;
  readonly isCurrent: boolean;
  readonly count?: number | null;
}

/** Parts of a view with addresses of their own. */
export function Tabs({ tabs, label }: { readonly tabs: readonly Tab[]; readonly label: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.href} href={tab.href} aria-current={tab.isCurrent ? 'page' : undefined}>
          {tab.label}
          {tab.count !== undefined && <span class="count">{count(tab.count)}</span>}
        </a>
      ))}
    </nav>
  );
}
