import { useEffect, useState } from 'preact/hooks';
import type { Problem, RecordSummary, Tail } from '../../../src/api.ts';
import { TAIL_ROWS_MAX } from '../../limits.ts';
import { ApiError, getJson } from '../../state/api.ts';
import { isPaused } from '../../state/stream.ts';

const REFRESH_MS = 1_000;

export interface TailState {
  readonly records: readonly RecordSummary[];
  /** That came while the page is paused. */
  readonly held: readonly RecordSummary[];
  readonly problem: Problem | null;
  readonly isRead: boolean;
}

const NONE: TailState = { records: [], held: [], problem: null, isRead: false };

/** The newest records of a topic, and those that come. While the page is paused they are counted, and shown afterwards. */
export function useTail(topic: string, filter: string): TailState {
  const [state, setState] = useState(NONE);
  useEffect(() => {
    const stop = new AbortController();
    let after: string | undefined;
    let isReading = false;
    setState(NONE);
    async function read() {
      if (isReading) return;
      isReading = true;
      try {
        const query = new URLSearchParams({ ...(filter && { filter }), ...(after !== undefined && { after }) });
        const tail = await getJson<Tail>(
          `/api/topics/${encodeURIComponent(topic)}/records?${query.toString()}`,
          stop.signal,
        );
        const isFirst = after === undefined;
        after = tail.next;
        setState((before) => merge(before, tail.records, isPaused.value && !isFirst));
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setState((before) => ({ ...before, problem: error.problem, isRead: true }));
      } finally {
        isReading = false;
      }
    }
    void read();
    const timer = setInterval(() => {
      if (!document.hidden) void read();
    }, REFRESH_MS);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [topic, filter]);
  return state;
}

function merge(before: TailState, fresh: readonly RecordSummary[], isHeld: boolean): TailState {
  if (isHeld)
    return { ...before, held: [...fresh, ...before.held].slice(0, TAIL_ROWS_MAX), problem: null, isRead: true };
  if (fresh.length === 0 && before.held.length === 0 && before.isRead && before.problem === null) return before;
  const records = [...fresh, ...before.held, ...before.records].slice(0, TAIL_ROWS_MAX);
  return { records, held: [], problem: null, isRead: true };
}
