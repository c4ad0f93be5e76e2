import { MessageEvents } from '@event-bus/messaging-client';
import { until } from '@event-bus/test-kit/until';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ADMIN_EVENTS_KEPT_MAX } from '../limits.ts';
import { eventsFrame } from './answers.ts';
import type { EventsFrame } from './answers.ts';
import { EventStream } from './event-stream.ts';

const TIMES = { keepAliveMs: 1, keptWithoutReaderMs: 10 };
const HANDLED = {
  group: 'note-service',
  topic: 'note',
  partition: 0,
  offset: '1',
  event: 'note.written',
  eventId: 'an-id',
};

let events: MessageEvents;
let service: Server;
let admin: Server;
let stream: EventStream;

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

let serviceUrl: string;
let adminUrl: string;

beforeEach(async () => {
  events = new MessageEvents();
  service = createServer((_, response) => {
    response.setHeader('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    response.writeHead(201).end();
  });
  stream = new EventStream(events, service, TIMES);
  admin = createServer(({ headers }, response) => stream.open(response, headers['last-event-id']?.toString()));
  serviceUrl = await listen(service);
  adminUrl = await listen(admin);
});
afterEach(() => {
  stream.close();
  for (const server of [service, admin]) server.close().closeAllConnections();
});

type Frame = EventsFrame & { readonly id: string };

/** Reads blocks until one says what is waited for; then the connection is closed. */
async function blocksUntil(response: Response, isLast: (blocks: string[]) => boolean): Promise<string[]> {
  const blocks: string[] = [];
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const complete = text.split('\n\n');
    text = complete.pop()!;
    blocks.push(...complete);
    if (isLast(blocks)) break;
  }
  return blocks;
}

function framesIn(blocks: string[]): Frame[] {
  return blocks.flatMap((block) => {
    const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(block) ?? [];
    return data === undefined ? [] : [{ id: id!, ...eventsFrame.parse(JSON.parse(data)) }];
  });
}

async function framesUntil(response: Response, isLast: (frames: Frame[]) => boolean): Promise<Frame[]> {
  return framesIn(await blocksUntil(response, (blocks) => isLast(framesIn(blocks))));
}

/** The reader connects, or connects again. */
async function connect(lastEventId?: string): Promise<Response> {
  return fetch(adminUrl, { headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId } });
}

/** A connection on which one event has been sent. */
async function readerOf(offset: string): Promise<Response> {
  const response = await connect();
  events.emit('record.repeated', { ...HANDLED, offset });
  return response;
}

const offsetsIn = (frames: Frame[]): unknown[] => shownIn(frames).map(({ offset }) => offset);

const shownIn = (frames: Frame[]): EventsFrame['events'] => frames.flatMap((frame) => frame.events);

it('shows events of messages and answers over HTTP with their trace, errors without a stack', async () => {
  const response = await fetch(adminUrl);
  events.emit('record.dead', {
    ...HANDLED,
    milliseconds: 3,
    reason: 'permanent',
    error: new Error('no such member'),
  });
  await (await fetch(`${serviceUrl}/members?email=a@example.com`, { method: 'POST' })).text();
  const frames = await framesUntil(response, (all) => shownIn(all).length >= 2);
  expect(shownIn(frames)).toEqual([
    {
      name: 'record.dead',
      at: expect.any(String),
      ...HANDLED,
      milliseconds: 3,
      reason: 'permanent',
      error: { message: 'no such member' },
    },
    {
      name: 'http.answered',
      at: expect.any(String),
      method: 'POST',
      route: null,
      path: '/members',
      status: 201,
      milliseconds: expect.any(Number),
      traceId: '0af7651916cd43dd8448eb211c80319c',
    },
  ]);
});

it('informs a reader that is too slow how many events it has lost', async () => {
  const response = await fetch(adminUrl);
  const emitted = 3 * ADMIN_EVENTS_KEPT_MAX;
  for (let offset = 0; offset < emitted; offset += 1) {
    events.emit('record.repeated', { ...HANDLED, offset: String(offset) });
  }
  const frames = await framesUntil(response, (all) => shownIn(all).at(-1)?.['offset'] === String(emitted - 1));
  expect(frames.map(({ dropped }) => dropped ?? NaN).reduce((all, dropped) => all + dropped)).toBe(
    2 * ADMIN_EVENTS_KEPT_MAX,
  );
  expect(shownIn(frames)).toHaveLength(ADMIN_EVENTS_KEPT_MAX);
});

it('goes on behind the frame that the reader has seen last, also after the connection was lost', async () => {
  stream = new EventStream(events, service);
  const [seen] = await framesUntil(await readerOf('1'), (all) => all.length > 0);
  events.emit('record.repeated', { ...HANDLED, offset: '2' });
  events.emit('record.repeated', { ...HANDLED, offset: '3' });
  const frames = await framesUntil(await connect(seen!.id), (all) => shownIn(all).length >= 2);
  expect(offsetsIn(frames)).toEqual(['2', '3']);
  expect(frames[0]!.dropped).toBe(0);
});

it('informs a reader that comes back too late, or after a restart, that events were lost and cannot be counted', async () => {
  const [seen] = await framesUntil(await readerOf('1'), (all) => all.length > 0);
  await until('the stream to end', () => events.listenerCount('record.handled') === 0);
  events.emit('record.repeated', { ...HANDLED, offset: '2' });
  const ofThisRun = await framesUntil(await connect(seen!.id), (all) => all.length > 0);
  expect(ofThisRun).toMatchObject([{ dropped: null, events: [] }]);
  const ofAnotherRun = await framesUntil(await connect(`0badcafe-${seen!.id.split('-')[1]}`), (all) => all.length > 0);
  expect(ofAnotherRun[0]!.dropped).toBeNull();
  for (const id of ['', '-', 'x', `${seen!.id}0000`, `${seen!.id.split('-')[0]}--1`]) {
    const [frame] = await framesUntil(await connect(id), (all) => all.length > 0);
    expect(frame!.dropped, id).toBeNull();
  }
});

it('says in time that it is still there, and how soon to connect again', async () => {
  const blocks = await blocksUntil(await connect(), (all) => all.length >= 3);
  expect(blocks).toEqual(['retry: 1000', ': keep-alive', ': keep-alive']);
});

it('listens to nothing while no one reads', async () => {
  expect(events.listenerCount('record.handled')).toBe(0);
  const connection = new AbortController();
  await fetch(adminUrl, { signal: connection.signal });
  expect(events.listenerCount('record.handled')).toBe(1);
  connection.abort();
  await until('the stream to end', () => events.listenerCount('record.handled') === 0);
});
