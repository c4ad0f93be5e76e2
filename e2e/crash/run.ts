/**
 * The proof of what is promised: every process is killed at every step of the chain, many times, while customers go on.
 *
 *     npm run test:crash                              20 kills at each point, cuts of a minute; takes most of an hour
 *     npm run test:crash -- --short                   the same points, less often
 *     npm run test:crash -- --point 7 --point B       some of them
 *     SEED=42 npm run test:crash -- --point 7         as it was when it failed: the seed is printed
 *     KAFKA_BOOTSTRAP=127.0.0.1:9092 npm run test:crash       on Apache Kafka, one without our topics
 *
 * The last table is the result: accepted = mailed + parked + dead, no duplicates but those that the ledger calls ambiguous,
 * no mail of a key before an earlier one, no text lost or shown twice. Otherwise it ends with exit code 1.
 */
import { randomInt } from 'node:crypto';
import { PartFailed } from '../../tools/stack/part.ts';
import { parseOptions } from '../../tools/start/parse-options.ts';
import { done, note, seconds, title, trouble } from '../../tools/start/screen.ts';
import { FAULTS } from './faults.ts';
import { SeededRandom } from './seeded-random.ts';
import { judge, markNow } from './judge.ts';
import { KILL_POINTS } from './kill-points.ts';
import type { Point, Severity } from './point.ts';
import { Rig } from './rig.ts';
import { hasPassed, show } from './scoreboard.ts';
import type { Line } from './scoreboard.ts';
import { Traffic } from './traffic.ts';
import { STALLS } from './stalls.ts';

const FULL: Severity = { times: 20, outageMs: 60_000, backlog: 20_000 };
const SHORT: Severity = { times: 2, outageMs: 3_000, backlog: 2_000 };

const SEED_MAX = 2 ** 31;

const POINTS: readonly Point[] = [...KILL_POINTS, ...FAULTS, ...STALLS];

const USAGE = 'npm run test:crash -- [--short] [--kills N] [--point ID]…; the points are in e2e/crash';

const { values } = parseOptions(USAGE, {
  options: {
    short: { type: 'boolean', default: false },
    kills: { type: 'string' },
    point: { type: 'string', multiple: true, default: [] },
  },
});
const unknown = values.point.filter((id) => !POINTS.some((point) => point.id === id.toUpperCase()));
if (unknown.length > 0) {
  trouble(`no point ${unknown.join(', ')}; there are ${POINTS.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}

const severity = {
  ...(values.short ? SHORT : FULL),
  ...(values.kills !== undefined && { times: Number(values.kills) }),
};
const seed = Number(process.env['SEED'] ?? randomInt(SEED_MAX));
const kafka = process.env['KAFKA_BOOTSTRAP'];
const broker = kafka === undefined ? 'log-broker' : 'Apache Kafka';
const wanted = values.point.map((id) => id.toUpperCase());
const points = POINTS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));

title(`kills on ${broker}, seed ${seed}`);
const lines = await injectAll().catch((error: unknown) => {
  if (!(error instanceof PartFailed)) throw error;
  trouble(`${error.message}; the end of its log:\n${error.log.tail()}`);
  process.exit(1);
});
title(`scoreboard on ${broker}, seed ${seed}`);
show(lines);
const failed = lines.filter((line) => !hasPassed(line));
if (failed.length === 0) done('accepted = mailed + parked + dead, in order, and nothing twice but what is ambiguous');
for (const { point } of failed) {
  trouble(
    `point ${point.id}, again: SEED=${seed} npm run test:crash -- ${values.short ? '--short ' : ''}--point ${point.id}`,
  );
}
process.exitCode = failed.length === 0 ? 0 : 1;

async function injectAll(): Promise<Line[]> {
  const startedAt = performance.now();
  await using rig = await Rig.start({ kafka });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void giveUp(rig));
  note(`two instances of every service, ready after ${seconds(performance.now() - startedAt)}`);
  const injected: Line[] = [];
  for (const point of points) {
    const line = await inject(rig, point);
    injected.push(line);
    const outcome = `${point.id} ${point.title}: ${line.score === undefined ? `skipped: ${line.note}` : `${line.injections} kills, ${line.score.accepted} accepted, ${seconds(line.tookMs)}`}`;
    if (hasPassed(line)) note(outcome);
    else trouble(outcome);
  }
  return injected;
}

/** After an interrupt no process and no disk of ours is left. */
async function giveUp(rig: Rig): Promise<void> {
  await rig[Symbol.asyncDispose]();
  process.exit(1);
}

/** Injects the fault under traffic; then the traffic stops, and what is in flight is finished. */
async function inject(rig: Rig, point: Point): Promise<Line> {
  const skipped = point.skipped?.(rig, broker);
  if (skipped !== undefined) return { point, score: undefined, injections: 0, tookMs: 0, note: skipped };
  const startedAt = performance.now();
  const since = await markNow(rig);
  const hasTexts = point.hasTexts === true;
  const traffic = new Traffic(rig, `point-${point.id.toLowerCase()}`, hasTexts);
  const randomOf = (purpose: string): SeededRandom => new SeededRandom(seed, point.id, purpose);
  let injections = 0;
  let problem: string | undefined;
  try {
    injections = await point.inject({ ...severity, rig, random: randomOf(''), randomOf });
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  await traffic.stop();
  const score = await judge(rig, since, { promised: traffic.promised, hasTexts });
  // Last: a group on Apache Kafka may wait most of a minute for members that were killed while they joined.
  await rig.ready().catch((error: Error) => (problem ??= error.message));
  return { point, score, injections, tookMs: performance.now() - startedAt, note: problem };
}
