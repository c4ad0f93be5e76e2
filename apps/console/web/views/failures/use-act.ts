import { useEffect, useRef, useState } from 'preact/hooks';
import type { ActBody, ActResult, Problem } from '../../../src/api.ts';
import { ApiError, postJson } from '../../state/api.ts';
import type { Selection } from './selection.ts';

export interface LetterAct {
  /** Of each selection; null until all have answered. */
  readonly dryRuns: readonly ActResult[] | null;
  readonly problem: Problem | null;
  /** Letters that the act has dealt with so far; null before it. */
  readonly done: number | null;
  readonly isActing: boolean;
  /** Acts on every selection, 500 letters at a time. @returns whether all was done */
  readonly act: (by: string) => Promise<boolean>;
}

/** A dry run as soon as it is rendered, and again when `force` changes; then the act by its tokens. */
export function useLetterAct(act: 'redrive' | 'drop', selections: readonly Selection[], force: boolean): LetterAct {
  const [dryRuns, setDryRuns] = useState<readonly ActResult[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [done, setDone] = useState<number | null>(null);
  const isActing = useRef(false);
  const url = `/api/failures/${act}`;
  useEffect(() => {
    let isStopped = false;
    setDryRuns(null);
    const bodies = selections.map((selection): ActBody => ({ dryRun: true, ...selection, ...(force && { force }) }));
    Promise.all(bodies.map(async (body) => postJson<ActResult>(url, body))).then(
      (results) => {
        if (!isStopped) setDryRuns(results);
      },
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        if (!isStopped) setProblem(error.problem);
      },
    );
    return () => {
      isStopped = true;
    };
  }, [url, selections, force]);

  async function run(by: string): Promise<boolean> {
    if (isActing.current || dryRuns === null) return false;
    isActing.current = true;
    let sum = 0;
    setDone(sum);
    try {
      for (const { token: first } of dryRuns) {
        for (let token = first; token !== null;) {
          const { result, token: next } = await postJson<ActResult>(url, { dryRun: false, token, by });
          sum += result.resolved.length;
          setDone(sum);
          token = next;
        }
      }
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.problem);
      return false;
    } finally {
      isActing.current = false;
    }
  }
  return { dryRuns, problem, done, isActing: done !== null && problem === null, act: run };
}
