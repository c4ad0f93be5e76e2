import { afterEach, expect, it } from 'vitest';
import { BrokerReader } from '../broker/broker-reader.ts';
import { readConsoleConfig } from '../config.ts';
import { AdminSource } from '../sources/admin-source.ts';
import { Audience } from '../sources/audience.ts';
import { serveJson } from '../testing/serve-json.ts';
import type { JsonServer } from '../testing/serve-json.ts';
import { AbsentRows } from './absent-rows.ts';
import { ScoreboardService } from './scoreboard.service.ts';

let server: JsonServer;
let scoreboard: ScoreboardService;
let broker: BrokerReader;

afterEach(async () => {
  scoreboard.onApplicationShutdown();
  await broker.onApplicationShutdown();
  await server.close();
});

/** Reads the outbox of one service again and again; the other sources are not there. */
async function start(answer: (asked: URL) => unknown): Promise<void> {
  server = await serveJson(answer);
  const config = readConsoleConfig({
    KAFKA_BROKERS: '127.0.0.1:1',
    SERVICES: `member-service=${server.url}`,
    SERVICES_ADMIN: `member-service=${server.url}`,
  });
  const audience = new Audience();
  audience.enter();
  broker = new BrokerReader(config);
  const admin = new AdminSource(config);
  scoreboard = new ScoreboardService(admin, broker, new AbsentRows(admin), audience, config);
  scoreboard.onApplicationBootstrap();
}

/** Later than what a console reads at its start. */
const FIRST_AT = Date.now();
const second = (n: number): string => new Date(FIRST_AT + n * 1_000).toISOString();

function row(seq: number, offset: string | null): object {
  const at = second(seq);
  return {
    seq: String(seq),
    eventId: `01a22ba5-2739-7c3a-8b8f-ee49d3504dc${seq}`,
    event: 'member.signed-up',
    topic: 'member',
    key: 'k',
    traceId: null,
    field: null,
    createdAt: at,
    publishedAt: offset === null ? null : at,
    partition: offset === null ? null : 0,
    offset,
  };
}

it('has only those published events reported again that waited when they were read', async () => {
  const asked: URLSearchParams[] = [];
  const { eventId } = row(2, null) as { eventId: string };
  await start(({ searchParams }) => {
    asked.push(searchParams);
    if (asked.length === 1) return { rows: [row(1, '10'), row(2, null), row(3, '11')], next: '3', published: [] };
    const published = [{ eventId, publishedAt: second(4), partition: 0, offset: '12' }];
    return { rows: [], next: '3', published: asked.length === 2 ? published : [] };
  });
  await expect.poll(() => asked.length).toBeGreaterThan(2);
  expect(asked.slice(0, 3).map((query) => [query.get('after'), query.get('publishedFrom')])).toEqual([
    [null, null],
    ['3', '2'],
    ['3', '3'],
  ]);
  const since = asked.slice(1, 3).map((query) => query.get('publishedSince'));
  // Two seconds before the newest that was published, so that a late commit is seen.
  expect(since).toEqual([second(1), second(2)]);
  expect(scoreboard.newest.map(({ offset }) => offset)).toEqual(['11', '12', '10']);
});

it('asks from the first event that waits, also when that was committed after a later one', async () => {
  const asked: URLSearchParams[] = [];
  await start(({ pathname, searchParams }) => {
    if (pathname === '/admin/outbox') return { rows: [] };
    asked.push(searchParams);
    const rows = asked.length === 1 ? [row(3, null)] : [row(2, null), row(3, null)];
    return { rows, next: '1', published: [] };
  });
  await expect.poll(() => asked.length).toBeGreaterThan(2);
  expect(asked.slice(0, 3).map((query) => query.get('publishedFrom'))).toEqual([null, '3', '2']);
});

it('says of a service that does not know what is asked that it is of another version', async () => {
  await start(() => undefined);
  await expect.poll(() => scoreboard.latest.problems.length).toBeGreaterThan(0);
  const problem = scoreboard.latest.problems.find(({ source }) => source === 'member-service');
  expect(problem?.said).toEqual({ code: 'other-version', params: { source: 'member-service' } });
});
