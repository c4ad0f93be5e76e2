import { useState } from 'preact/hooks';
import { keyOf } from './selection.ts';
import type { Named } from './selection.ts';

export interface RowSelection<Row> {
  readonly keys: ReadonlySet<string>;
  /** Those that are selected and shown. */
  readonly rows: readonly Row[];
  readonly isAll: boolean;
  readonly select: (row: Row, isRange: boolean) => void;
  readonly selectAll: () => void;
  readonly clear: () => void;
}

export function useSelection<Row extends Named>(shown: readonly Row[]): RowSelection<Row> {
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
