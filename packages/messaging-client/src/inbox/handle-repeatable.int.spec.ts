import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMessagingDatabase } from '../../test/open-messaging-database.ts';
import type { RecordContext } from '../handler/record-context.ts';
import { testContext } from '../testing/test-context.ts';
import { RepeatableEffects } from './handle-repeatable.ts';

let dataSource: DataSource;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ dataSource, drop } = await openMessagingDatabase());
});
afterAll(async () => drop());

const recordOf = (eventId: string): RecordContext => testContext({ eventId });

async function stateOf(id: string): Promise<string | undefined> {
  const rows: Array<{ state: string }> = await dataSource.query('SELECT state FROM inbox_message WHERE event_id = $1', [
    id,
  ]);
  return rows[0]?.state;
}

describe('an effect that may be repeated', () => {
  it('is not repeated while all goes well, however often its record comes', async () => {
    const effects = new RepeatableEffects(dataSource);
    const acted: string[] = [];
    const handle = async ({ event }: RecordContext): Promise<void> => void acted.push(event.id);
    const ids = ['a', 'b', 'c'];
    const first = await Promise.all(ids.map(async (id) => effects.handle(recordOf(id), handle)));
    const second = await Promise.all(ids.map(async (id) => effects.handle(recordOf(id), handle)));
    expect([first, second]).toEqual([
      [true, true, true],
      [false, false, false],
    ]);
    expect(acted).toEqual(ids);
    expect(await stateOf('a')).toBe('done');
  });

  it('leaves no trace of an attempt that failed, and no other record fails with it', async () => {
    const effects = new RepeatableEffects(dataSource);
    const fail = async (): Promise<void> => {
      throw new Error('not yet');
    };
    const [failed, fine] = await Promise.allSettled([
      effects.handle(recordOf('failing'), fail),
      effects.handle(recordOf('fine'), async () => undefined),
    ]);
    expect([failed.status, fine.status]).toEqual(['rejected', 'fulfilled']);
    expect(await stateOf('failing')).toBeUndefined();
    expect(await effects.handle(recordOf('failing'), async () => undefined)).toBe(true);
  });

  it('delays no other record by an id that the database cannot store', async () => {
    const effects = new RepeatableEffects(dataSource);
    const outcomes = await Promise.allSettled(
      ['good', 'nul\0nul', 'better'].map(async (id) => effects.handle(recordOf(id), async () => undefined)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
