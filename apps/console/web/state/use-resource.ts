import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Problem } from '../../src/api.ts';
import { SKELETON_AFTER_MS } from '../limits.ts';
import { ApiError, getJson } from './api.ts';
import { isPaused } from './stream.ts';

export interface Resource<Value> {
  /** The last good answer. It stays while a later one fails. */
  readonly value: Value | null;
  /** When `value` came, in milliseconds. */
  readonly at: number | null;
  readonly problem: Problem | null;
  /** No answer yet, for longer than a skeleton would flicker. */
  readonly isSlow: boolean;
  readonly reload: () => void;
}

type State<Value> = Omit<Resource<Value>, 'reload'> & { readonly path: string | null };

/** Reads `url` now and every `everyMs` while the tab is visible and not paused. Null: nothing to read. */
export function useResource<Value>(url: string | null, everyMs?: number): Resource<Value> {
  return useReading(url, async (signal) => getJson<Value>(url!, signal), everyMs);
}

/** The same for what is more than one answer: `read` belongs to `name`, an address or what stands for one. */
export function useReading<Value>(
  name: string | null,
  read: (signal: AbortSignal) => Promise<Value>,
  everyMs?: number,
): Resource<Value> {
  const path = name?.split('?')[0] ?? null;
  const none: State<Value> = { value: null, at: null, problem: null, isSlow: false, path };
  const [state, setState] = useState(none);
  const [round, setRound] = useState(0);

  useEffect(() => {
    if (name === null) return undefined;
    const stop = new AbortController();
    // Another thing is shown now: what is known about the one before must not stand under its name.
    setState((before) => (before.path === path ? before : none));
    const slow = setTimeout(
      () => setState((before) => ({ ...before, isSlow: before.value === null })),
      SKELETON_AFTER_MS,
    );
    let isReading = false;
    async function readOnce() {
      if (isReading) return;
      isReading = true;
      try {
        const value = await read(stop.signal);
        if (!stop.signal.aborted) setState({ value, at: Date.now(), problem: null, isSlow: false, path });
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setState((before) => ({ ...before, problem: error.problem, isSlow: false }));
      } finally {
        isReading = false;
        clearTimeout(slow);
      }
    }
    void readOnce();
    const timer =
      everyMs === undefined
        ? undefined
        : setInterval(() => {
            if (!document.hidden && !isPaused.value) void readOnce();
          }, everyMs);
    return () => {
      stop.abort();
      clearTimeout(slow);
      clearInterval(timer);
    };
  }, [name, everyMs, round]);

  const reload = useCallback(() => setRound((before) => before + 1), []);
  return state.path === path ? { ...state, reload } : { ...none, reload };
}
