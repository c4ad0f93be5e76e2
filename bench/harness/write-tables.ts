import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Line } from './bench.ts';
import type { Circumstances } from './machine.ts';
import { markdownOf } from './table.ts';

interface Result extends Circumstances {
  readonly name: string;
  readonly title: string;
  readonly method: string;
  readonly apacheKafka: string;
  readonly lines: readonly Line[];
}

const RESULTS = join(import.meta.dirname, '..', 'results');

/**
 * Puts the tables of bench/results into a Markdown file, between its markers:
 *
 *     <!-- bench:consume -->  … replaced …  <!-- /bench:consume -->
 */
export function writeTables(file: string): void {
  const results = readdirSync(RESULTS)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readResult(name.slice(0, -'.json'.length)));
  let text = readFileSync(file, 'utf8');
  for (const result of results) text = replaceBetween(text, `bench:${result.name}`, sectionOf(result));
  writeFileSync(file, text);
}

/** Of the bench of that name. JSON writes what never came, infinity, as null. */
export function readResult(bench: string): Result {
  return JSON.parse(
    readFileSync(join(RESULTS, `${bench}.json`), 'utf8'),
    (_, value: unknown) => value ?? Number.POSITIVE_INFINITY,
  ) as Result;
}

function sectionOf(result: Result): string {
  const { title, method, date, commit, cpu, memoryGb, system, loadBefore, versions, apacheKafka } = result;
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const facts = [
    date.slice(0, 10),
    `commit ${commit}`,
    cpu,
    `${memoryGb} GB`,
    system,
    `load ${loadBefore} before`,
    ...packages,
    `Apache Kafka ${apacheKafka}`,
  ];
  const summary = `<b>${title[0]!.toUpperCase()}${title.slice(1)}</b>${goalsOf(result.lines)}`;
  return [
    `<details><summary>${summary}</summary>`,
    method,
    markdownOf(result.lines),
    `<sub>${facts.join(' · ')}</sub>`,
    '</details>',
  ].join('\n\n');
}

function goalsOf(lines: readonly Line[]): string {
  const targets = lines.flatMap((line) => line.targets ?? []);
  if (targets.length === 0) return '';
  return `: ${targets.filter(({ reached }) => reached).length} of ${targets.length} targets reached`;
}

export function replaceBetween(whole: string, marker: string, content: string): string {
  const [open, close] = [`<!-- ${marker} -->`, `<!-- /${marker} -->`];
  const [from, to] = [whole.indexOf(open), whole.indexOf(close)];
  if (from < 0 || to < from) return whole;
  return `${whole.slice(0, from + open.length)}\n\n${content}\n\n${whole.slice(to)}`;
}
