import type { ComponentChildren } from 'preact';
import type { Problem, SourceProblem } from '../../src/api.ts';
import { age } from '../format/format.ts';
import { now } from '../state/clock.ts';
import type { Resource } from '../state/use-resource.ts';
import { answerOf, problemText, sentenceOf, sourceName } from '../words/said.ts';
import { t } from '../words/words.ts';
import { Icon } from './icon.tsx';

/** The states of a part of a view: a skeleton, a problem, or the value; dimmed, with its age, while reading fails. */
export function ResourceView<Value>(props: {
  readonly resource: Resource<Value>;
  readonly rows?: number;
  readonly children: (value: Value) => ComponentChildren;
}) {
  const { value, at, problem, isSlow, reload } = props.resource;
  if (value === null) {
    if (problem !== null) return <ProblemNote problem={problem} onRetry={reload} />;
    return isSlow ? <Skeleton rows={props.rows ?? 6} /> : null;
  }
  // The same elements with and without a problem: what the children have read, and what was typed in them, stays.
  return (
    <div class={problem === null ? 'as-is' : 'with-problem'}>
      {problem !== null && <ProblemNote problem={problem} at={at} onRetry={reload} />}
      {props.children(value)}
    </div>
  );
}

function ProblemNote(props: { readonly problem: Problem; readonly at?: number | null; readonly onRetry: () => void }) {
  return (
    <div class="empty problem" role="alert">
      <span>
        {problemText(props.problem)}{' '}
        {typeof props.at === 'number' && t('problem.stale', { age: age((now.value - props.at) / 1_000) })}
      </span>
      <button type="button" class="button small" onClick={props.onRetry}>
        {t('app.retry')}
      </button>
    </div>
  );
}

/** Sources that have no fresh answer: what each is, since when, and the address and setting to look at unless it answers. */
export function SourceNotes({ problems }: { readonly problems: readonly SourceProblem[] }) {
  return (
    <>
      {[...Map.groupBy(problems, troubleOf)].map(([trouble, alike]) => (
        <SourceNote key={trouble} problems={alike} />
      ))}
    </>
  );
}

/** Sources that answer with the same error have one sentence; one that does not answer has its own address. */
function troubleOf({ source, address, said }: SourceProblem): string {
  return said.code === 'source-refuses' ? JSON.stringify(said.refusal ?? said.params.answer) : `${source} ${address}`;
}

/** `problems`: at least one. The oldest of them says since when. */
function SourceNote({ problems }: { readonly problems: readonly SourceProblem[] }) {
  const problem = problems.reduce((one, other) => (one.since <= other.since ? one : other));
  const isRefused = problem.said.code === 'source-refuses';
  return (
    <div class="note amber">
      <Icon name="warning" />
      <div>
        <b>
          {t(isRefused ? 'problem.source-since' : 'score.source-unavailable', {
            source: problems.map(({ source }) => sourceName(source)).join(', '),
            age: age((now.value - Date.parse(problem.since)) / 1_000),
          })}
        </b>{' '}
        {whyOf(problem)}
        {!isRefused && (
          <>
            {' '}
            <span class="mono">{problem.address}</span> {t('problem.setting', { setting: problem.setting })}
          </>
        )}
      </div>
    </div>
  );
}

/** Source and address stand beside it already. */
function whyOf(problem: SourceProblem): string {
  const { said } = problem;
  if (said.code === 'source-refuses') return answerOf(said.params.answer, said.refusal);
  return said.code === 'source-unavailable' ? `(${said.params.reason})` : sentenceOf(problem);
}

/** Nothing to show: one sentence, and in `children` the next step. */
export function Empty({ text, children }: { readonly text: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <span>{text}</span>
      {children}
    </div>
  );
}

function Skeleton({ rows }: { readonly rows: number }) {
  return (
    <div aria-busy="true">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="skeleton" style={{ width: `${40 + ((row * 23) % 50)}%` }} />
      ))}
    </div>
  );
}
