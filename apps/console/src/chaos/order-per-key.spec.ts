import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ScoreboardService } from '../scoreboard/scoreboard.service.ts';
import type { AdminSource } from '../sources/admin-source.ts';
import type { EventFeed } from '../sources/event-feed.ts';
import { OrderPerKey } from './order-per-key.ts';

let feed: EventEmitter & { isComplete: boolean };
let scoreboard: EventEmitter;
let letters: string[];
let order: OrderPerKey;

beforeEach(() => {
  feed = Object.assign(new EventEmitter(), { isComplete: true });
  scoreboard = new EventEmitter();
  letters = [];
  const admin = {
    get: async (_group: string, path: string) => ({ rows: letters.filter((eventId) => path.includes(eventId)) }),
  };
  order = new OrderPerKey(
    feed as unknown as EventFeed,
    scoreboard as unknown as ScoreboardService,
    admin as unknown as AdminSource,
  );
  order.watch();
});

/** Named by its key and its number, e.g. `kim-1`. */
const committed = (...events: readonly string[]): void => {
  const rows = events.map((eventId) => {
    const [key, seq] = eventId.split('-');
    return { eventId, topic: 'member', key, seq, createdAt: '9999-12-31T00:00:00.000Z' };
  });
  scoreboard.emit('committed', 'member-service', rows);
};

const handled = (group: string, ...events: readonly string[]): void => {
  feed.emit(
    'events',
    group,
    events.map((eventId) => ({ name: 'record.handled', eventId })),
  );
  scoreboard.emit('outboxes');
};

describe('the order of a key', () => {
  it('is compared for each group by itself, and names the events that were handled after a later one of their key', async () => {
    committed('kim-9', 'lee-10', 'kim-11', 'kim-12', 'kim-13');
    handled('order-service', 'kim-9', 'kim-11', 'kim-12', 'kim-13', 'lee-10');
    handled('mail-service', 'lee-10', 'kim-9', 'kim-13', 'kim-11', 'kim-12');
    await expect.poll(() => order.seen).toEqual({ overtaken: ['kim-11', 'kim-12'], records: 10 });
  });

  it('allows for what was a dead letter before it was handled', async () => {
    committed('kim-1', 'kim-2', 'lee-3', 'lee-4');
    letters.push('kim-1');
    handled('mail-service', 'kim-2', 'kim-1', 'lee-4', 'lee-3');
    await expect.poll(() => order.seen?.overtaken).toEqual(['lee-3']);
  });

  it('waits for the outbox to be read before it compares an event', () => {
    handled('mail-service', 'kim-1');
    expect(order.seen?.records).toBe(0);
    committed('kim-1');
    scoreboard.emit('outboxes');
    expect(order.seen?.records).toBe(1);
  });
});
