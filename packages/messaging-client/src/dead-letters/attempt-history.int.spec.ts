import { describe, expect, it } from 'vitest';
import { until } from '../../test/start-test-service.ts';
import type { TestService } from '../../test/start-test-service.ts';
import { useBus } from '../../test/use-bus.ts';
import { NOTED_ATTEMPTS_MAX, NOTED_ERROR_CHARACTERS_MAX } from '../limits.ts';

const bus = useBus();
const ATTEMPTS_MAX = 9;

/** Its handler fails at each attempt, and says which one it was. */
async function startFailing(text = ''): Promise<TestService> {
  let calls = 0;
  return bus.start(
    async () => {
      calls += 1;
      throw new Error(`failure ${calls}${text}`);
    },
    { attemptsMax: ATTEMPTS_MAX },
  );
}

/** Resolves when the letter is open, having been redriven so often. */
async function openAgain(service: TestService, redrives: number): Promise<void> {
  await until(service.events, ['record.dead'], async () => {
    const [letter] = await bus.deadLetters(service);
    return letter?.state === 'open' && letter.redrives === redrives;
  });
}

describe('the history of a dead letter', () => {
  it('has each failed attempt with its time and error, also those from the database and those before a redrive', async () => {
    const service = await startFailing();
    await service.publish(bus.event, { key: 'a', n: 1 });
    await openAgain(service, 0);
    const expected = Array.from({ length: ATTEMPTS_MAX }, (_, index) => ({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      attempt: index + 1,
      error: `failure ${index + 1}`,
    }));
    const [letter] = await bus.deadLetters(service);
    expect(letter!.history).toEqual(expected);
    expect(letter!.history.map(({ at }) => at).toSorted()).toEqual(letter!.history.map(({ at }) => at));

    await service.deadLetters.redrive({ ids: [letter!.id] }, { by: 'tester' });
    await openAgain(service, 1);
    const [again] = await bus.deadLetters(service);
    expect(again!.history).toHaveLength(2 * ATTEMPTS_MAX);
    expect(again!.history.slice(0, ATTEMPTS_MAX)).toEqual(letter!.history);
    expect(again!.history[ATTEMPTS_MAX]).toMatchObject({ attempt: 1, error: `failure ${ATTEMPTS_MAX + 1}` });
  });

  it('keeps the newest attempts and the beginning of each error', async () => {
    const service = await startFailing('x'.repeat(2 * NOTED_ERROR_CHARACTERS_MAX));
    await service.publish(bus.event, { key: 'a', n: 1 });
    for (const redrives of [0, 1, 2]) {
      await openAgain(service, redrives);
      if (redrives < 2) await service.deadLetters.redrive({ state: 'open' }, { by: 'tester' });
    }
    const [letter] = await bus.deadLetters(service);
    expect(letter!.history).toHaveLength(NOTED_ATTEMPTS_MAX);
    expect(letter!.history.at(-1)!.error).toMatch(new RegExp(`^failure ${3 * ATTEMPTS_MAX}x`));
    expect(letter!.history.at(-1)!.error).toHaveLength(NOTED_ERROR_CHARACTERS_MAX);
  });
});

describe('an act on dead letters by the service', () => {
  it('is refused without a filter, and does nothing', async () => {
    const service = await startFailing();
    await service.publish(bus.event, { key: 'a', n: 1 });
    await openAgain(service, 0);
    const noEventId: { eventId?: string } = {};
    for (const act of ['redrive', 'drop'] as const) {
      await expect(service.deadLetters[act](noEventId, { by: 'tester' })).rejects.toMatchObject({
        code: 'FILTER_EMPTY',
      });
    }
    expect(await bus.deadLetters(service)).toMatchObject([{ state: 'open', redrives: 0 }]);
  });
});
