import { useCallback, useEffect, useState } from 'preact/hooks';
import type { DeadLetterList, DeadLetterRow, Problem, SourceProblem } from '../../../src/api.ts';
import { LETTERS_MAX } from '../../limits.ts';
import { ApiError, getJson } from '../../state/api.ts';

export interface LettersState {
  /** Null before the first answer. */
  readonly rows: readonly DeadLetterRow[] | null;
  readonly problems: readonly SourceProblem[];
  readonly problem: Problem | null;
  /** There are more than LETTERS_MAX. */
  readonly hasMore: boolean;
  readonly reload: () => void;
}

type Read = Omit<LettersState, 'reload'>;

/** All of them, page by page, so that filtering needs no further request. They are read again when their number has changed. */
export function useLetters(tab: 'dead' | 'resolved', total: number | null): LettersState {
  const [state, setState] = useState<Read>({ rows: null, problems: [], problem: null, hasMore: false });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    readAll(tab, stop.signal).then(setState, (error: unknown) => {
      if (stop.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      setState((before) => ({ ...before, problem: error.problem }));
    });
    return () => stop.abort();
  }, [tab, total, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, reload };
}

async function readAll(tab: string, signal: AbortSignal): Promise<Read> {
  const rows: DeadLetterRow[] = [];
  let problems: readonly SourceProblem[] = [];
  let after: string | null = null;
  do {
    const search: string = after === null ? '' : `?after=${encodeURIComponent(after)}`;
    const page: DeadLetterList = await getJson<DeadLetterList>(`/api/failures/${tab}${search}`, signal);
    rows.push(...page.rows);
    problems = after === null ? page.problems : [...problems, ...page.problems];
    after = page.next;
  } while (after !== null && rows.length < LETTERS_MAX);
  return { rows: rows.slice(0, LETTERS_MAX), problems, problem: null, hasMore: after !== null };
}
