import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { KEY_SEQUENCE_MS } from '../limits.ts';
import { hasSingleKeys } from '../preferences.ts';

interface Binding {
  readonly label: string;
  readonly act: () => void;
}

/** `r`, `?`, or a sequence such as `g m`. The newest binding of a key comes first: a view's before the shell's. */
const bindings = signal<ReadonlyArray<readonly [keys: string, binding: Binding]>>([]);

/** What the keys do at present, for the list that `?` shows. */
export const boundKeys = bindings;

export function bindKey(keys: string, label: string, act: () => void): () => void {
  const entry = [keys, { label, act }] as const;
  bindings.value = [entry, ...bindings.peek()];
  return () => {
    bindings.value = bindings.peek().filter((each) => each !== entry);
  };
}

/** Bound while the component is on the page. */
export function useKey(keys: string, label: string, act: () => void): void {
  const newest = useRef(act);
  newest.current = act;
  useEffect(() => bindKey(keys, label, () => newest.current()), [keys, label]);
}

let prefix: { readonly key: string; readonly at: number } | null = null;

/** Keys do nothing in fields, with a modifier, while a dialog is open, and when they are switched off. */
export function startKeyboard(): void {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (target.matches('input:not([type=checkbox]), select, textarea, [contenteditable]')) {
      if (event.key === 'Escape') target.blur();
      return;
    }
    const isSingle = event.key.length === 1;
    if ((isSingle && !hasSingleKeys.value) || document.querySelector('dialog[open]') !== null) return;
    const isSequence = prefix !== null && event.timeStamp - prefix.at < KEY_SEQUENCE_MS;
    const keys = isSequence ? `${prefix!.key} ${event.key}` : event.key;
    prefix = null;
    if (keys === 'j' || keys === 'k') {
      moveRow(keys === 'j' ? 1 : -1);
      return;
    }
    const binding = bindings.value.find(([bound]) => bound === keys)?.[1];
    if (binding !== undefined) {
      event.preventDefault();
      binding.act();
    } else if (bindings.value.some(([bound]) => bound.startsWith(`${event.key} `))) {
      prefix = { key: event.key, at: event.timeStamp };
    }
  });
}

/** The row after or before the focused one, or else the one that is open; the first if none is. */
function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  const focused = rows.indexOf(document.activeElement as HTMLElement);
  const at = focused === -1 ? rows.findIndex((row) => row.matches('.current, [aria-current]')) : focused;
  const next = rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
