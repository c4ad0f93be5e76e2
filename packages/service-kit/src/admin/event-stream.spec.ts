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

const HANDLED = { topic: 'note', partition: 0, offset: '1', event: 'note.written', eventId: 'an-id' };

let events: MessageEvents;
let service: Server;
let admin: Server;

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
  const stream = new EventStream(events, service);
  admin = createServer((_, response) => stream.open(response));
  serviceUrl = await listen(service);
  adminUrl = await listen(admin);
});
afterEach(() => {
  for (const server of [service, admin]) server.close().closeAllConnections();
});

/** Reads frames until one says what is waited for; then the connection is closed. */
async function framesUntil(response: Response, isLast: (frames: EventsFrame[]) => boolean): Promise<EventsFrame[]> {
  const frames: EventsFrame[] = [];
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    frames.push(...blocks.map((block) => eventsFrame.parse(JSON.parse(block.replace(/^data: /, '')))));
    if (isLast(frames)) break;
  }
  return frames;
}

const shownIn = (frames: EventsFrame[]): EventsFrame['events'] => frames.flatMap((frame) => frame.events);

it('shows events of messages and answers over HTTP with their trace, errors without a stack', async () => {
  const response = await fetch(adminUrl);
  events.emit('record.dead', { ...HANDLED, reason: 'permanent', error: new Error('no such member') });
  await (await fetch(`${serviceUrl}/members?email=a@example.com`, { method: 'POST' })).text();
  const frames = await framesUntil(response, (all) => shownIn(all).length >= 2);
  expect(shownIn(frames)).toEqual([
    {
      name: 'record.dead',
      at: expect.any(String),
      ...HANDLED,
      reason: 'permanent',
      error: { message: 'no such member' },
    },
    {
      name: 'http.answered',
      at: expect.any(String),
      method: 'POST',
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
  expect(frames.map(({ dropped }) => dropped).reduce((all, dropped) => all + dropped)).toBe(2 * ADMIN_EVENTS_KEPT_MAX);
  expect(shownIn(frames)).toHaveLength(ADMIN_EVENTS_KEPT_MAX);
});

it('listens to nothing while no one reads', async () => {
  expect(events.listenerCount('record.handled')).toBe(0);
  const connection = new AbortController();
  await fetch(adminUrl, { signal: connection.signal });
  expect(events.listenerCount('record.handled')).toBe(1);
  connection.abort();
  await until('the reader to be missed', () => events.listenerCount('record.handled') === 0);
});
