/**
 * Measures, and compares with what named peers reach on the same machine in the same minutes.
 *
 *     npm run bench -- [name…|none] [--quick|--long] [--driver kafkajs|platformatic] [--readme]
 *
 * Compiled packages are measured. Results go to the screen and, unless `--quick`, to bench/results/NAME.json; `--readme`
 * writes those into the documents, with `none` it does only that. bench/README.md has the other options.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KAFKA_DRIVERS } from '../packages/messaging-client/src/kafka/kafka-settings.ts';
import type { KafkaDriver } from '../packages/messaging-client/src/kafka/kafka-settings.ts';
import { parseOptions } from '../tools/start/parse-options.ts';
import { brokerReads } from './benches/broker-reads.ts';
import { broker } from './benches/broker.ts';
import { capacity } from './benches/capacity.ts';
import { consoleCost } from './benches/console.ts';
import { consume } from './benches/consume.ts';
import { greedyClients } from './benches/greedy-clients.ts';
import { mail } from './benches/mail.ts';
import { metrics } from './benches/metrics.ts';
import { plainNest } from './benches/plain-nest.ts';
import { relay } from './benches/relay.ts';
import { start } from './benches/start.ts';
import type { Bench, Line } from './harness/bench.ts';
import { circumstances } from './harness/machine.ts';
import { SharedResources } from './harness/resources.ts';
import { screenOf } from './harness/table.ts';
import { writeFigures } from './harness/write-figures.ts';
import { writeTables } from './harness/write-tables.ts';

const BENCHES: readonly Bench[] = [
  consume,
  metrics,
  relay,
  mail,
  plainNest,
  start,
  consoleCost,
  capacity,
  broker,
  brokerReads,
  greedyClients,
];
const RESULTS = join(import.meta.dirname, 'results');
const CHECKOUT = join(import.meta.dirname, '..');
/** Where tables are shown, those of the broker with the broker. */
const TABLES = ['bench/README.md', 'packages/log-broker/README.md'];
const ROUNDS = { full: 3, quick: 1 } as const;

const USAGE =
  'npm run bench -- [name…|none] [--quick|--long] [--driver kafkajs|platformatic] [--readme]; see bench/README.md';

const { values: flags, positionals: wanted } = parseOptions(USAGE, {
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    readme: { type: 'boolean', default: false },
    driver: { type: 'string', default: process.env['KAFKA_DRIVER'] },
  },
});
const NONE = 'none';
const unknown = wanted.filter((name) => name !== NONE && !BENCHES.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(', ')}; there are ${BENCHES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const [driver, ...otherDrivers] = KAFKA_DRIVERS.filter((name) =>
  [undefined, name].includes(flags.driver as KafkaDriver),
);
if (driver === undefined) {
  console.error(`--driver is ${KAFKA_DRIVERS.join(' or ')}, not ${flags.driver}`);
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
    drivers: [driver, ...otherDrivers],
    quick: flags.quick,
    long: flags.long,
    rounds: flags.quick ? ROUNDS.quick : ROUNDS.full,
    log: (text) => console.log(`  ${text}`),
  });
  console.log(`\n${screenOf(lines)}`);
  sayMissed(lines);
  if (flags.quick) continue;
  const kafka = process.env['KAFKA_BOOTSTRAP'] === undefined ? 'left out: KAFKA_BOOTSTRAP was not given' : 'included';
  const { name, title, method } = bench;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(
    join(RESULTS, `${name}.json`),
    `${JSON.stringify({ name, title, method, apacheKafka: kafka, ...about, lines }, undefined, 2)}\n`,
  );
}
if (flags.readme) {
  for (const file of TABLES) writeTables(join(CHECKOUT, file));
  writeFigures(join(CHECKOUT, 'README.md'), 'en');
  writeFigures(join(CHECKOUT, 'README.ko.md'), 'ko');
}

function sayMissed(lines: readonly Line[]): void {
  const targets = lines.flatMap(({ what, side, targets = [] }) => targets.map((target) => ({ what, side, ...target })));
  const missed = targets.filter(({ reached }) => !reached);
  if (targets.length > 0) console.log(`\n${targets.length - missed.length} of ${targets.length} targets reached`);
  for (const { what, side, text } of missed) console.log(`  missed: ${what}, ${side}: ${text}`);
}
