import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../../src/api.ts';
import { ApiError, postJson } from '../state/api.ts';

interface State<Answer> {
  /** One for each body; null until all have answered. */
  readonly dryRuns: readonly Answer[] | null;
  readonly problem: Problem | null;
  /** Rows that the act has dealt with so far; null before it. */
  readonly done: number | null;
  readonly isActing: boolean;
  /** Rows may have changed since the first dry run. */
  readonly hasActed: boolean;
}

export interface PreparedAct<Answer> extends State<Answer> {
  /** Acts by the tokens of the dry runs. @returns whether all was done */
  readonly act: (by: string) => Promise<boolean>;
}

interface Options<Answer> {
  /** How many rows an answer of the act is about. */
  readonly rowsOf: (answer: Answer) => number;
  /** The token with which the act goes on; null when it is done. */
  readonly nextOf: (answer: Answer) => string | null;
  /** After each act, also when the dialog has been closed meanwhile. `isAll`: nothing kept it from dealing with all rows. */
  readonly onActed: (done: number, isAll: boolean) => void;
}

const NOTHING = { dryRuns: null, problem: null, done: null, isActing: false };

/** A dry run of each body as soon as it is rendered, and again when `bodies` is another list; then the act by their tokens. */
export function usePreparedAct<Answer extends { readonly token: string | null }>(
  url: string,
  bodies: readonly object[],
  { rowsOf, nextOf, onActed }: Options<Answer>,
): PreparedAct<Answer> {
  const [state, setState] = useState<State<Answer>>({ ...NOTHING, hasActed: false });
  const isActing = useRef(false);
  const isClosed = useRef(false);
  // An effect is cleaned up later than the page goes.
  useLayoutEffect(() => () => void (isClosed.current = true), []);
  const change = (changes: Partial<State<Answer>>) => setState((before) => ({ ...before, ...changes }));
  useEffect(() => {
    let isStopped = false;
    // What was refused and done before says nothing about this dry run.
    change(NOTHING);
    Promise.all(bodies.map(async (body) => postJson<Answer>(url, { dryRun: true, ...body }))).then(
      (dryRuns) => {
        if (!isStopped) change({ dryRuns });
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        if (!isStopped) change({ problem: error.problem });
      },
    );
    return () => {
      isStopped = true;
    };
  }, [url, bodies]);

  async function act(by: string): Promise<boolean> {
    const { dryRuns } = state;
    if (isActing.current || dryRuns === null) return false;
    isActing.current = true;
    let done = 0;
    let isAll = false;
    change({ done, isActing: true, hasActed: true });
    try {
      for (const { token: first } of dryRuns) {
        for (let token = first; token !== null;) {
          // Who closes the dialog wants no more of it; what was sent is done.
          if (isClosed.current) return false;
          const answer = await postJson<Answer>(url, { dryRun: false, token, by });
          done += rowsOf(answer);
          change({ done });
          token = nextOf(answer);
        }
      }
      isAll = true;
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      change({ problem: error.problem });
      return false;
    } finally {
      isActing.current = false;
      change({ isActing: false });
      onActed(done, isAll);
    }
  }
  return { ...state, act };
}
