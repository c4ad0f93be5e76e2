import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@event-bus/test-kit/until';
import { LOCK_SPACE } from '../../packages/messaging-client/src/database/instance-lock.ts';
import type { KillPoint } from './kill-point.ts';
import type { Point, Injection } from './point.ts';
import { GATEWAY, siblingOf, TEXT_SENDERS } from './rig.ts';
import type { Rig } from './rig.ts';

/** A killed consumer is waited for by its group, and so is its successor; then a busy machine's share. */
const PASSED_WITHIN_MS = 180_000;

/** Long enough for an instance to miss the other one, and to notice that it is back. */
const MISSED_WITHIN_MS = 20_000;

interface Killing {
  readonly at: KillPoint;
  /** Who dies; they take turns, and work at dying side by side. */
  readonly parts: readonly string[];
  /** Dies at one of so many passings. */
  readonly passings: number;
  /** It is passed when the other instance goes and comes back, so that one is killed first. */
  readonly whenSiblingRestarts?: boolean;
  /** What an instance hands over is its share of the outbox: both have one before. */
  readonly whenBothRelay?: boolean;
  readonly onlyLogBroker?: boolean;
  readonly hasTexts?: boolean;
}

const MEMBERS = ['member-service', 'member-service-2'];
const ORDERS = ['order-service', 'order-service-2'];
const MAILS = ['mail-service', 'mail-service-2'];

export const KILL_POINTS: readonly Point[] = [
  killing('1', 'after HTTP commit', { at: 'committed', parts: [...MEMBERS, ...ORDERS], passings: 5 }),
  killing('2', 'relay claim', { at: 'rows-read', parts: [...MEMBERS, ...ORDERS], passings: 5 }),
  killing('3', 'before produce', { at: 'before-produce', parts: [...MEMBERS, ...ORDERS], passings: 5 }),
  killing('4', 'after produce', { at: 'after-produce', parts: [...MEMBERS, ...ORDERS], passings: 5 }),
  killing('5', 'before marking', { at: 'before-marking', parts: [...MEMBERS, ...ORDERS], passings: 5 }),
  killing('6', 'after fetch', { at: 'after-fetch', parts: [...MAILS, ...ORDERS], passings: 3 }),
  killing('7', 'inside the handler transaction', { at: 'in-transaction', parts: ORDERS, passings: 5 }),
  killing('8', 'after SMTP DATA', { at: 'mail-accepted', parts: MAILS, passings: 5 }),
  killing('9', 'before confirm', { at: 'before-confirm', parts: MAILS, passings: 5 }),
  killing('10', 'before offset commit', { at: 'before-offset-commit', parts: [...MAILS, ...ORDERS], passings: 3 }),
  killing('11', 'during rebalance', {
    at: 'rejoining',
    parts: ['mail-service', 'order-service'],
    passings: 2,
    whenSiblingRestarts: true,
  }),
  killing('12', 'broker append', { at: 'broker-append', parts: ['log-broker'], passings: 10, onlyLogBroker: true }),
  killing('13', 'broker fsync', { at: 'broker-fsync', parts: ['log-broker'], passings: 5, onlyLogBroker: true }),
  killing('14', 'lease hand-over', {
    at: 'lease-handed-over',
    parts: ['member-service', 'order-service'],
    passings: 2,
    whenSiblingRestarts: true,
    whenBothRelay: true,
  }),
  killing('15', 'before a text is sent', { at: 'before-text', parts: TEXT_SENDERS, passings: 5, hasTexts: true }),
  killing('16', 'text answered', { at: 'text-answered', parts: TEXT_SENDERS, passings: 5, hasTexts: true }),
  killing('17', 'gateway append', { at: 'text-append', parts: [GATEWAY], passings: 5, hasTexts: true }),
  killing('18', 'gateway before its answer', { at: 'text-taken', parts: [GATEWAY], passings: 5, hasTexts: true }),
];

function killing(id: string, title: string, how: Killing): Point {
  return {
    id,
    title,
    hasTexts: how.hasTexts === true,
    skipped: (_, broker) =>
      how.onlyLogBroker === true && broker !== 'log-broker' ? 'Apache Kafka cannot be killed from inside' : undefined,
    inject: async (injection) => {
      const kills = await Promise.all(
        how.parts.map(async (part, index) => {
          const share = Math.floor((injection.times + how.parts.length - 1 - index) / how.parts.length);
          const random = injection.randomOf(part);
          for (let kill = 0; kill < share; kill += 1)
            await killOnce(injection, part, how, random.between(1, how.passings));
          return share;
        }),
      );
      return kills.reduce((sum, share) => sum + share, 0);
    },
  };
}

async function killOnce(
  { rig }: Injection,
  part: string,
  { at, whenSiblingRestarts, whenBothRelay }: Killing,
  passing: number,
): Promise<void> {
  await rig.ready(part);
  if (whenSiblingRestarts === true) await rig.ready(siblingOf(part));
  const death = rig.nextDeath(part, PASSED_WITHIN_MS);
  try {
    await rig.send(part, { do: 'die', at, passing });
    if (whenSiblingRestarts === true) await restartSibling(rig, part, whenBothRelay === true, death);
    await death;
  } catch (error) {
    await rig.send(part, { do: 'live' });
    throw new Error(`passing ${passing} of ${at} did not come: ${(error as Error).message}`, { cause: error });
  }
}

/** Until it has had its effect: a sibling that is back before the other has looked was not missed, and goes once more. */
async function restartSibling(rig: Rig, part: string, whenBothRelay: boolean, death: Promise<void>): Promise<void> {
  const dies = death.then(() => 'dead' as const);
  for (;;) {
    await rig.ready(siblingOf(part));
    if (whenBothRelay && (await Promise.race([dies, bothRelay(rig, part)])) === 'dead') return;
    await rig.system.kill(siblingOf(part));
    if ((await Promise.race([dies, delay(MISSED_WITHIN_MS, 'missed' as const)])) === 'dead') return;
  }
}

async function bothRelay({ system }: Rig, service: string): Promise<void> {
  const held = `
    SELECT count(DISTINCT pid)::integer AS instances FROM pg_locks
     WHERE classid = ${LOCK_SPACE.relay} AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  await until(`both instances of ${service} to relay`, async () => {
    const [row] = await system.query<{ instances: number }>(service, held);
    return row!.instances === 2;
  });
}
