import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { DeadLetterList, DeadLetterRow, FailureCounts, Problem, SourceProblem } from '../../../src/api.ts';
import { LETTERS_MAX } from '../../limits.ts';
import { ApiError, getJson } from '../../state/api.ts';

export interface LettersState {
  /** Null before the first answer. */
  readonly rows: readonly DeadLetterRow[] | null;
  /** Of services that did not answer then, or do not now: rows of theirs are as of before. */
  readonly problems: readonly SourceProblem[];
  readonly problem: Problem | null;
  /** There are more than LETTERS_MAX. */
  readonly hasMore: boolean;
  readonly reload: () => void;
}

interface Read extends Omit<LettersState, 'reload'> {
  /** How many there were when they were read. */
  readonly total: number | null;
}

const NONE: Read = { rows: null, problems: [], problem: null, hasMore: false, total: null };

/**
 * All of them, page by page, so that filtering needs no further request. They are read again when their number has changed or a
 * service answers again, but not before the reading has come to its end: the number changes all the time while letters are redriven.
 */
export function useLetters(tab: 'dead' | 'resolved', counts: FailureCounts | null): LettersState {
  const [state, setState] = useState(NONE);
  const [round, setRound] = useState(0);
  const isReading = useRef(false);
  const newest = useRef(counts);
  newest.current = counts;
  useEffect(() => {
    const stop = new AbortController();
    isReading.current = true;
    readAll(tab, stop.signal, (first) => setState((before) => (before.rows === null ? first : before)))
      .then(setState, (error: unknown) => {
        if (stop.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        // Read again when something changes, or when an operator wants it; not at once, which would fail as well.
        setState((before) => ({ ...before, problem: error.problem, total: newest.current?.[tab] ?? null }));
      })
      .finally(() => {
        if (!stop.signal.aborted) isReading.current = false;
      });
    return () => stop.abort();
  }, [tab, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  // With each answer of the counts, and not with each reading: one that fails is not repeated at once.
  useEffect(() => {
    if (counts === null || isReading.current) return;
    const isOther = counts[tab] !== null && counts[tab] !== state.total;
    if (isOther || state.problems.some(({ source }) => !sourcesOf(counts.problems).has(source))) reload();
  }, [counts]);
  const silent = counts?.problems ?? [];
  const others = state.problems.filter(({ source }) => !sourcesOf(silent).has(source));
  return { ...state, problems: [...silent, ...others], reload };
}

function sourcesOf(problems: readonly SourceProblem[]): ReadonlySet<string> {
  return new Set(problems.map(({ source }) => source));
}

/** `onFirst` is given the first page, so that a long list begins at once. */
async function readAll(tab: 'dead' | 'resolved', signal: AbortSignal, onFirst: (first: Read) => void): Promise<Read> {
  const rows: DeadLetterRow[] = [];
  let problems: readonly SourceProblem[] = [];
  let total: number | null = null;
  let after: string | null = null;
  do {
    const search: string = after === null ? '' : `?after=${encodeURIComponent(after)}`;
    const page: DeadLetterList = await getJson<DeadLetterList>(`/api/failures/${tab}${search}`, signal);
    rows.push(...page.rows);
    if (after === null) total = page.counts[tab];
    problems = after === null ? page.problems : [...problems, ...page.problems];
    if (after === null) onFirst({ rows: [...rows], problems, problem: null, hasMore: false, total });
    after = page.next;
  } while (after !== null && rows.length < LETTERS_MAX);
  return { rows: rows.slice(0, LETTERS_MAX), problems, problem: null, hasMore: after !== null, total };
}
