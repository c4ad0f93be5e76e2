/**
 * Measures, and compares with what others reach on the same machine in the same minutes.
 *
 *     npm run bench -- [name…|none] [--quick|--long] [--readme]
 *
 * Results go to the screen and to bench/results/NAME.json; `--readme` writes all that are there into the documents;
 * with `none` it does only that. `--long` adds what takes minutes. Compiled packages are measured. KAFKA_BOOTSTRAP=host:port adds
 * Apache Kafka; without it those lines are left out. BENCH_CPU_PROF=FOLDER keeps a CPU profile of every program.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { broker } from './benches/broker.ts';
import { consume } from './benches/consume.ts';
import { mail } from './benches/mail.ts';
import { plainNest } from './benches/plain-nest.ts';
import { relay } from './benches/relay.ts';
import type { Bench } from './harness/bench.ts';
import { circumstances } from './harness/machine.ts';
import { SharedResources } from './harness/resources.ts';
import { screenOf } from './harness/table.ts';
import { writeFigures } from './harness/write-figures.ts';
import { writeTables } from './harness/write-tables.ts';

const BENCHES: readonly Bench[] = [consume, relay, mail, plainNest, broker];
const RESULTS = join(import.meta.dirname, 'results');
const CHECKOUT = join(import.meta.dirname, '..');
/** Where tables are shown, those of the broker with the broker. */
const TABLES = ['bench/README.md', 'packages/log-broker/README.md'];
const ROUNDS = { full: 3, quick: 1 } as const;

const quick = process.argv.includes('--quick');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const NONE = 'none';
const unknown = wanted.filter((name) => name !== NONE && !BENCHES.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are ${BENCHES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

await using resources = new SharedResources();
// PostgreSQL and the stack's parts have process groups of their own: Ctrl-C would leave them behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void resources[Symbol.asyncDispose]().finally(() => process.exit(1)));
}
for (const bench of BENCHES) {
  if (wanted.length > 0 && !wanted.includes(bench.name)) continue;
  console.log(`\n${bench.name}: ${bench.title}`);
  const about = circumstances();
  const lines = await bench.run({
    brokers: () => resources.brokers(),
    createDatabase: () => resources.createDatabase(),
    atEnd: (close) => resources.atEnd(close),
    quick,
    long: process.argv.includes('--long'),
    rounds: quick ? ROUNDS.quick : ROUNDS.full,
    say: (text) => console.log(`  ${text}`),
  });
  console.log(`\n${screenOf(lines)}`);
  const kafka = process.env['KAFKA_BOOTSTRAP'] === undefined ? 'left out: KAFKA_BOOTSTRAP was not given' : 'included';
  const { name, title, method } = bench;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(
    join(RESULTS, `${name}.json`),
    `${JSON.stringify({ name, title, method, quick, apacheKafka: kafka, ...about, lines }, undefined, 2)}\n`,
  );
}
if (process.argv.includes('--readme')) {
  for (const file of TABLES) writeTables(join(CHECKOUT, file));
  writeFigures(join(CHECKOUT, 'README.md'), 'en');
  writeFigures(join(CHECKOUT, 'README.ko.md'), 'ko');
}
