import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Problem } from '../../src/api.ts';
import { problemText } from '../words/said.ts';
import { ApiError, postJson } from './api.ts';

interface Act {
  /** False while one is being sent, and when it was refused: `error` then says why. */
  readonly send: (body: object) => Promise<boolean>;
  readonly isSending: boolean;
  readonly error: VNode | null;
  /** For a form: the browser stays on the page. */
  readonly onSubmit: (submit: () => Promise<unknown>) => (event: Event) => void;
}

/** Posts one at a time: a second click or key does nothing while the first is on its way. */
export function useAct(url: string, onDone: () => void): Act {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setSending] = useState(false);
  const isBusy = useRef(false);
  async function send(body: object): Promise<boolean> {
    if (isBusy.current) return false;
    isBusy.current = true;
    setSending(true);
    try {
      await postJson(url, body);
      setProblem(null);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.problem);
      return false;
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
