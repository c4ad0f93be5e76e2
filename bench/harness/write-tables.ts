import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Line } from './bench.ts';
import type { Circumstances } from './machine.ts';
import { markdownOf } from './table.ts';

interface Result extends Circumstances {
  readonly name: string;
  readonly title: string;
  readonly method: string;
  readonly quick: boolean;
  readonly apacheKafka: string;
  readonly lines: readonly Line[];
}

const RESULTS = join(import.meta.dirname, '..', 'results');

/**
 * Puts the tables of bench/results into a Markdown file, between its markers:
 *
 *     <!-- bench:consume -->  … replaced …  <!-- /bench:consume -->
 *
 * `<!-- bench -->` … `<!-- /bench -->` takes all of them.
 */
export function writeTables(file: string): void {
  const results = readdirSync(RESULTS)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(RESULTS, name), 'utf8')) as Result);
  let text = readFileSync(file, 'utf8');
  for (const result of results) text = replaceBetween(text, `bench:${result.name}`, sectionOf(result));
  text = replaceBetween(text, 'bench', results.map(sectionOf).join('\n\n'));
  writeFileSync(file, text);
}

function sectionOf(result: Result): string {
  const { title, method, quick, date, commit, cpu, memoryGb, system, loadBefore, versions, apacheKafka } = result;
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
  const warning = quick ? ' **A quick run: its figures mean little.**' : '';
  const heading = `**${title[0]!.toUpperCase()}${title.slice(1)}.** ${method}${warning}`;
  return `${heading}\n\n${markdownOf(result.lines)}\n\n<sub>${facts.join(' · ')}</sub>`;
}

function replaceBetween(whole: string, marker: string, content: string): string {
  const [open, close] = [`<!-- ${marker} -->`, `<!-- /${marker} -->`];
  const [from, to] = [whole.indexOf(open), whole.indexOf(close)];
  if (from < 0 || to < from) return whole;
  return `${whole.slice(0, from + open.length)}\n\n${content}\n\n${whole.slice(to)}`;
}
