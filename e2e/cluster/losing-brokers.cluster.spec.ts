import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topics as catalogTopics } from '@event-bus/event-catalog';
import { scoreOf } from '../harness/score.ts';
import { startStack } from '../harness/start-stack.ts';
import type { System } from '../harness/start-stack.ts';
import { Traffic } from '../harness/traffic.ts';
import { until } from '@event-bus/test-kit/until';
import { Brokers } from './brokers.ts';
import { pauseSince, report, waitingNow } from './figures.ts';
import { Receipts } from './receipts.ts';

const TOPICS = catalogTopics.map(({ name }) => name);
const BROKERS = ['kafka-1', 'kafka-2', 'kafka-3'];

/** Everything that waited for a cluster to come back. */
const SETTLED_WITHIN_MS = 180_000;

let system: System;
let brokers: Brokers;
let traffic: Traffic;
let receipts: Receipts;

beforeAll(async () => {
  system = await startStack();
  brokers = await Brokers.connect(system.addresses.brokers);
  expect(await brokers.inStep(TOPICS)).toBeGreaterThan(TOPICS.length);
  // Calm enough that two cores are left for three brokers to elect and to copy.
  traffic = new Traffic(system, {
    customerEveryMs: 400,
    prefix: 'cluster',
    // While a majority is gone no sign-up reaches order-service.
    memberKnownWithinMs: SETTLED_WITHIN_MS,
  });
  receipts = new Receipts(system, 'cluster-receipts@example.com');
  traffic.start();
  await receipts.start();
  await traffic.goOn(10);
});
afterAll(async () => {
  await traffic?.stop();
  await receipts?.stop();
  await brokers?.close();
  await system?.close();
});

/** Until what is written now is acknowledged. */
async function untilNothingWaits(): Promise<void> {
  await until('no row to wait for the broker', async () => (await waitingNow(system)) < 3, SETTLED_WITHIN_MS);
}

describe('three brokers under steady traffic', () => {
  it.each(TOPICS)('the leader of %s is killed: another one leads, and no request is refused', async (topic) => {
    const leader = await brokers.leaderOf(topic);
    const [since, refusedBefore, promisedBefore] = [new Date(), traffic.refused.length, traffic.promised.length];
    system.signal(leader, 'SIGKILL');
    await until(
      `${topic} to have another leader`,
      async () => (await brokers.leaderOf(topic)) !== leader,
      SETTLED_WITHIN_MS,
    );
    await traffic.goOn(10);
    await untilNothingWaits();
    const accepted = traffic.promised.length - promisedBefore;
    await system.start(leader);
    await brokers.inStep(TOPICS);
    const { unavailableMs, waitedMost } = await pauseSince(system, since);
    report(`${leader}, which led ${topic}, killed`, {
      'writes waited at most': `${unavailableMs} ms`,
      'events held at once': waitedMost,
      'requests accepted meanwhile': accepted,
    });
    expect(traffic.refused.slice(refusedBefore)).toEqual([]);
  });

  it('two of three are killed: writes wait, sign-ups are answered as ever, and nothing has vanished afterwards', async () => {
    const [one, other] = BROKERS as [string, string];
    const [since, refusedBefore] = [new Date(), traffic.refused.length];
    system.signal(one, 'SIGKILL');
    system.signal(other, 'SIGKILL');
    // Copies in two places are what an acknowledgement means, so with one broker left there can be none.
    await until('twenty events to wait', async () => (await waitingNow(system)) >= 20, SETTLED_WITHIN_MS);
    const held = await waitingNow(system);
    const ready = await fetch(`${system.url('member-service')}/health/ready`);
    expect(ready.status).toBe(200);
    await Promise.all([system.start(one), system.start(other)]);
    await untilNothingWaits();
    await brokers.inStep(TOPICS);
    const { unavailableMs, waitedMost } = await pauseSince(system, since);
    report('two of three killed', {
      'writes waited at most': `${unavailableMs} ms`,
      'events held at once': Math.max(held, waitedMost),
    });
    expect(traffic.refused.slice(refusedBefore)).toEqual([]);
  });

  it('all are restarted', async () => {
    const since = new Date();
    await system.stop('log-broker');
    await system.start('log-broker');
    await brokers.inStep(TOPICS);
    await untilNothingWaits();
    const { unavailableMs, waitedMost } = await pauseSince(system, since);
    report('all restarted', { 'writes waited at most': `${unavailableMs} ms`, 'events held at once': waitedMost });
  });

  it('in the end accepted = mailed, and mails of one key came in their order', async () => {
    await traffic.goOn(10);
    await traffic.stop();
    await receipts.stop();
    const score = await scoreOf(system, traffic.promised, SETTLED_WITHIN_MS);
    report('the scoreboard', {
      accepted: score.promised,
      'mailed once': score.mailedOnce,
      'mailed again, in the ledger': score.ambiguous,
      lost: score.lost.length,
      'customers refused': traffic.refused.length,
      'because of': [...new Set(traffic.refused.map((reason) => reason.slice(0, 200)))].join('; ') || 'nothing',
      'receipts in order': receipts.eventIds.length,
    });
    expect(score).toMatchObject({ lost: [], twice: [] });
    expect(score.mailedOnce + score.ambiguous).toBe(score.promised);
    await until(
      'every receipt to arrive',
      async () => (await receipts.arrived()).length === receipts.eventIds.length,
      SETTLED_WITHIN_MS,
    );
    expect(await receipts.arrived()).toEqual(receipts.eventIds);
  });
});
