import { until } from '@event-bus/test-kit/until';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from '../testing/start-console.ts';
import type { ConsoleUnderTest } from '../testing/start-console.ts';
import { startNoteService } from '../testing/start-note-service.ts';
import type { NoteService } from '../testing/start-note-service.ts';

// A service with two handlers of one event: that without a name is in the group of the service, the other in one of its own.

const GROUPS = ['note-service', 'note-service.index'];
let notes: NoteService;
let page: ConsoleUnderTest;
let eventId: string;

beforeAll(async () => {
  notes = await startNoteService({ indexes: true });
  page = await startConsole({
    KAFKA_BROKERS: notes.bus.address,
    SERVICES: 'note-service=http://127.0.0.1:1',
    SERVICES_ADMIN: `note-service=${notes.adminUrl}`,
  });
  // Attempts are seen from the time at which the console is connected.
  await until('the console reads the service', async () => {
    const [id] = await notes.publish('seen?');
    const { body } = await page.get(`/api/journeys/${id}`);
    return body.groups?.length === GROUPS.length;
  });
  [eventId] = (await notes.publish('unindexed')) as [string];
  await until('the dead letter', async () => {
    const { body } = await page.get('/api/failures/dead');
    return body.rows?.length === 1;
  });
});
afterAll(async () => {
  await page?.close();
  await notes?.close();
});

it('both groups are listed, and what is dead in one is not dead in the other', async () => {
  const { body } = await page.get('/api/groups');
  expect(body.groups).toMatchObject([
    { group: 'note-service', members: 1, dead: 0, parked: 0 },
    { group: 'note-service.index', members: 1, dead: 1, parked: 0 },
  ]);
  expect((await page.get('/api/groups/note-service.index')).body).toMatchObject({ topics: ['note'], dead: 1 });
});

it('a journey has the attempts of each group', async () => {
  const journey = await until('both groups have made their attempt', async () => {
    const { body } = await page.get(`/api/journeys/${eventId}`);
    return body.groups?.length === GROUPS.length && body;
  });
  expect(journey.groups).toMatchObject([
    { group: 'note-service', attempts: [{ attempt: 1, outcome: 'handled' }] },
    { group: 'note-service.index', attempts: [{ attempt: 1, outcome: 'dead' }] },
  ]);
  const stages = journey.timeline.filter(({ kind }: { kind: string }) => kind === 'group');
  expect(stages).toMatchObject([
    { id: 'group:note-service', outcome: 'done' },
    { id: 'group:note-service.index', outcome: 'dead' },
  ]);
});

it('the dead letter names its group', async () => {
  const { body } = await page.get('/api/failures/dead');
  expect(body.rows).toMatchObject([{ service: 'note-service', group: 'note-service.index', eventId }]);
});

it('what is dead in the group of a name is not dead in that of the service, with which the scoreboard compares', async () => {
  const deadIn = async (query: string): Promise<unknown> => {
    const response = await fetch(`${notes.adminUrl}/admin/unfinished${query}`);
    return ((await response.json()) as { dead: unknown }).dead;
  };
  expect(await deadIn('')).toEqual([]);
  expect(await deadIn('?group=note-service.index')).toEqual([eventId]);
});

it('the map has a node for each group, with its own dead letters', async () => {
  const groups = await until('the dead letter is on the map', async () => {
    const { body } = await page.get('/api/map');
    return body.groups.some(({ dead }: { dead: number | null }) => dead === 1) && body.groups;
  });
  expect(groups).toMatchObject([
    { group: 'note-service', dead: 0 },
    { group: 'note-service.index', dead: 1 },
  ]);
});
