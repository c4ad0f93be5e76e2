import { afterAll, beforeAll, expect, it } from 'vitest';
import { Compose } from '../../tools/compose/docker.ts';
import { startStack } from '../harness/start-stack.ts';
import type { System } from '../harness/start-stack.ts';
import { scoreOf } from '../harness/score.ts';
import type { Promised } from '../harness/traffic.ts';
import { until } from '@event-bus/test-kit/until';
import { Brokers } from './brokers.ts';
import { report } from './figures.ts';

const GROUP = 'mail-service';
const MORE = ['mail-service-2', 'mail-service-3'] as const;

/** A backlog that lasts long enough to be measured, and an inbox that can hold three of them. */
const BACKLOG = 400;
const SIGN_UPS_AT_ONCE = 8;

const SETTLED_WITHIN_MS = 120_000;

let system: System;
let brokers: Brokers;
let compose: Compose;
const promised: Promised[] = [];

beforeAll(async () => {
  system = await startStack();
  brokers = await Brokers.connect(system.addresses.brokers);
  compose = new Compose({ project: process.env['E2E_COMPOSE_PROJECT'] });
});
afterAll(async () => {
  await compose?.run('rm', '--stop', '--force', ...MORE);
  await brokers?.close();
  await system?.close();
});

async function signUpMany(prefix: string): Promise<Promised[]> {
  const those = Array.from(
    { length: BACKLOG },
    (_, n) => ({ to: `${prefix}-${n}@example.com`, template: 'welcome' }) as const,
  );
  const queue = [...those];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop())
      await system.customer.signUp({ email: next.to, name: '회원' });
  };
  await Promise.all(Array.from({ length: SIGN_UPS_AT_ONCE }, work));
  promised.push(...those);
  return those;
}

/** From the first to the last of them. */
async function mailsPerSecond(prefix: string): Promise<number> {
  const count = async () => {
    const [row] = await system.query<{ count: number; seconds: number }>(
      'mail-service',
      `SELECT count(*)::int AS count, extract(epoch FROM max(accepted_at) - min(created_at))::float AS seconds
         FROM mail WHERE status = 'accepted' AND recipient LIKE $1`,
      [`${prefix}-%`],
    );
    return row!;
  };
  const { seconds } = await until(
    `all mails of ${prefix}`,
    async () => {
      const row = await count();
      if (row.count < BACKLOG) throw new Error(`${row.count} of ${BACKLOG}`);
      return row;
    },
    SETTLED_WITHIN_MS,
  );
  return Math.round(BACKLOG / seconds);
}

/** Until the group is stable with so many members, all of which own partitions. @returns how long that took */
async function sharedAmong(members: number): Promise<number> {
  const startedAt = performance.now();
  await until(
    `${members} members to share the partitions`,
    async () => {
      const group = await brokers.group(GROUP);
      return group?.members === members && group.owned === members;
    },
    SETTLED_WITHIN_MS,
  );
  return Math.round(performance.now() - startedAt);
}

it('one mail-service works off a backlog', async () => {
  await sharedAmong(1);
  await signUpMany('one');
  report('one mail-service', { 'mails per second': await mailsPerSecond('one') });
});

it('two more join under load, take their share, and every mail is sent once', async () => {
  const [, joinedMs] = await Promise.all([
    signUpMany('joined'),
    (async () => {
      await compose.run('up', '--detach', '--no-deps', ...MORE);
      return sharedAmong(3);
    })(),
  ]);
  await mailsPerSecond('joined');
  await signUpMany('three');
  report('three mail-services', {
    'started, joined and shared after': `${joinedMs} ms`,
    'mails per second': await mailsPerSecond('three'),
  });
  const instances = ['mail-service', ...MORE];
  const sent = instances.map((part) => system.log(part).split('mail accepted by the mail server').length - 1);
  report('mails sent by each', Object.fromEntries(instances.map((part, index) => [part, sent[index]!])));
  expect(Math.min(...sent)).toBeGreaterThan(0);
});

it('one of them is killed: its partitions move to the others, and nothing is lost', async () => {
  const signingUp = signUpMany('killed');
  system.signal(MORE[0], 'SIGKILL');
  const movedMs = await sharedAmong(2);
  await signingUp;
  await mailsPerSecond('killed');
  report('one of three killed', { 'its partitions had other owners after': `${movedMs} ms` });

  const score = await scoreOf(system, promised, SETTLED_WITHIN_MS);
  report('the scoreboard', {
    accepted: score.promised,
    'mailed once': score.mailedOnce,
    'mailed again, in the ledger': score.ambiguous,
  });
  expect(score).toMatchObject({ lost: [], twice: [] });
  expect(score.mailedOnce + score.ambiguous).toBe(score.promised);
});
