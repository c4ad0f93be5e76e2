import type { ComponentChildren } from 'preact';
import type { Sourced } from '../../../src/api.ts';
import { Empty, SourceNotes } from '../../components/resource-view.tsx';
import { t } from '../../words/words.ts';

/** A row, with the service that answered it. `isStale`: it does not answer any more. */
export type OfService<Row> = Row & { readonly service: string; readonly isStale: boolean };

interface Props<Row> {
  readonly answers: ReadonlyArray<{
    readonly service: string;
    /** `next`: null when there are no more rows than these. */
    readonly answer: Sourced<{ readonly rows: readonly Row[]; readonly next: string | null }>;
  }>;
  /** For `sort`. */
  readonly compare: (one: Row, other: Row) => number;
  /** The sentence where there are none. */
  readonly empty: string;
  readonly children: (rows: ReadonlyArray<OfService<Row>>) => ComponentChildren;
}

/** The rows of all services in one order; above them, which services do not answer; below them, which have more. */
export function RowsOfServices<Row extends object>({ answers, compare, empty, children }: Props<Row>) {
  const rows = answers
    .flatMap(
      ({ service, answer }): Array<OfService<Row>> =>
        answer.value?.rows.map((row) => ({ ...row, service, isStale: answer.problem !== null })) ?? [],
    )
    .sort(compare);
  const problems = answers.flatMap(({ answer }) => answer.problem ?? []);
  const cut = answers.flatMap(({ service, answer: { value } }) =>
    value === null || value.next === null ? [] : [{ service, n: value.rows.length }],
  );
  return (
    <>
      {problems.length > 0 && (
        <div class="body">
          <SourceNotes problems={problems} />
        </div>
      )}
      {rows.length > 0 ? children(rows) : <Empty text={problems.length > 0 ? t('list.not-known') : empty} />}
      {cut.map(({ service, n }) => (
        <p key={service} class="foot">
          <span class="hint">{t('list.cut', { service, n })}</span>
        </p>
      ))}
    </>
  );
}
