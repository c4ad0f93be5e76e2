import { useState } from 'preact/hooks';
import type { DeadLetterRow } from '../../../src/api.ts';
import { LETTERS_AN_ACT_MAX } from '../../limits.ts';
import { keyOf } from './selection.ts';
import type { Selection } from './selection.ts';

export interface LetterSelection {
  readonly keys: ReadonlySet<string>;
  /** Those that are selected and shown. */
  readonly rows: readonly DeadLetterRow[];
  readonly isAll: boolean;
  readonly select: (row: DeadLetterRow, isRange: boolean) => void;
  readonly selectAll: () => void;
  readonly clear: () => void;
}

export function useSelection(shown: readonly DeadLetterRow[]): LetterSelection {
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set());
  const [anchor, setAnchor] = useState<string | null>(null);
  const rows = keys.size === 0 ? [] : shown.filter((row) => keys.has(keyOf(row)));
  const isAll = shown.length > 0 && rows.length === shown.length;
  return {
    keys,
    rows,
    isAll,
    select(row, isRange) {
      const key = keyOf(row);
      const next = new Set(keys);
      const from = shown.findIndex((one) => keyOf(one) === anchor);
      const to = shown.indexOf(row);
      if (isRange && from !== -1) {
        for (const one of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(keyOf(one));
      } else if (!next.delete(key)) next.add(key);
      setAnchor(key);
      setKeys(next);
    },
    selectAll: () => setKeys(isAll ? new Set() : new Set(shown.map(keyOf))),
    clear: () => setKeys(new Set()),
  };
}

/** One for each service, and for each LETTERS_AN_ACT_MAX of its letters. */
export function selectionsOf(rows: readonly DeadLetterRow[]): Selection[] {
  const byService = new Map<string, string[]>();
  for (const { service, id } of rows) byService.set(service, [...(byService.get(service) ?? []), id]);
  return [...byService].flatMap(([service, ids]) => {
    const selections: Selection[] = [];
    for (let at = 0; at < ids.length; at += LETTERS_AN_ACT_MAX) {
      selections.push({ service, ids: ids.slice(at, at + LETTERS_AN_ACT_MAX) });
    }
    return selections;
  });
}
