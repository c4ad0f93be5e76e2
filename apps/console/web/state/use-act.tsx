import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Problem } from '../../src/api.ts';
import { problemText } from '../words/said.ts';
import { ApiError, postJson } from './api.ts';

interface Act<Answer> {
  /** Null while one is being sent, and when it was refused: `error` then says why. */
  readonly send: (body: object) => Promise<Answer | null>;
  readonly isSending: boolean;
  readonly error: VNode | null;
  /** For a form: the browser stays on the page. */
  readonly onSubmit: (submit: () => Promise<unknown>) => (event: Event) => void;
}

/** Posts one at a time: a second click or key does nothing while the first is on its way. */
export function useAct<Answer extends object>(url: string, onDone: () => void): Act<Answer> {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setSending] = useState(false);
  const isBusy = useRef(false);
  async function send(body: object): Promise<Answer | null> {
    if (isBusy.current) return null;
    isBusy.current = true;
    setSending(true);
    try {
      const answer = await postJson<Answer>(url, body);
      setProblem(null);
      return answer;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.problem);
      return null;
    } finally {
      isBusy.current = false;
      setSending(false);
      onDone();
    }
  }
  return {
    send,
    isSending,
    error:
      problem === null ? null : (
        <p class="hint red" role="alert">
          {problemText(problem)}
        </p>
      ),
    onSubmit: (submit) => (event) => {
      event.preventDefault();
      void submit();
    },
  };
}
