import type { ComponentChildren } from 'preact';

/** What can be done with the selected rows, in sight however far the list has been scrolled. */
export function BulkBar({ text, children }: { readonly text: string; readonly children: ComponentChildren }) {
  return (
    <div class="bulk-bar" role="region" aria-label={text}>
      <b>{text}</b>
      {children}
    </div>
  );
}
