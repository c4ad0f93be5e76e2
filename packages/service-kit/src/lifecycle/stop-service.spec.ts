import { Controller, Get, HttpCode, Module, Post } from '@nestjs/common';
import type { INestMicroservice } from '@nestjs/common';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { until } from '@event-bus/test-kit/until';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { drainHttpServer } from '../http/drain-http-server.ts';
import { ServiceKitModule } from '../service-kit.module.ts';
import { serveForTest } from '../testing/index.ts';
import type { ServiceUnderTest } from '../testing/index.ts';
import { stopService } from './stop-service.ts';

/** Far above what any of these takes, so that reaching it is a failure and not a slow machine. */
const TIMEOUT_MS = 60_000;

/** Calls back when a request has reached its handler. */
let arrived = (): void => undefined;
let answerNow = (): void => undefined;

async function arrival(): Promise<void> {
  await new Promise<void>((resolve) => (arrived = resolve));
}

@Controller()
class SlowController {
  @Get('slow')
  async slow(): Promise<unknown> {
    const answer = new Promise<void>((resolve) => (answerNow = resolve));
    arrived();
    await answer;
    return { done: true };
  }
  @Get('never')
  never(): Promise<unknown> {
    arrived();
    return new Promise(() => undefined);
  }
  @Post('quick')
  @HttpCode(200)
  quick(): unknown {
    return { done: true };
  }
}

@Module({ imports: [ServiceKitModule.forRoot({ service: 'slow-service' })], controllers: [SlowController] })
class SlowModule {}

/** Stands for the consumer; its drain ends when the spec ends it. */
class Consumer {
  readonly closing = Promise.withResolvers<void>();
  readonly finished = Promise.withResolvers<number>();
  close(): Promise<number> {
    this.closing.resolve();
    return this.finished.promise;
  }
}

function connectConsumer(): Consumer {
  const consumer = new Consumer();
  const microservice = { getTransportServer: () => consumer } as unknown as INestMicroservice;
  vi.spyOn(service.app, 'getMicroservices').mockReturnValue([microservice]);
  return consumer;
}

let service: ServiceUnderTest;
let sockets: Socket[];
beforeEach(async () => {
  service = await serveForTest({ module: SlowModule });
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await service.app.close();
});

/** A connection on which so much has been sent, and has come. */
async function send(text: string): Promise<Socket> {
  const server: Server = service.app.getHttpServer();
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  const [peer] = await accepted;
  socket.write(text);
  await until('it to have come', () => peer.bytesRead === text.length);
  return socket;
}

describe('stopService', () => {
  it('lets a request in flight have its answer, and takes no more', async () => {
    const inFlight = arrival();
    const slow = service.get('/slow');
    await inFlight;
    const stopped = stopService(service.app, TIMEOUT_MS);
    await expect(fetch(`${service.url}/slow`)).rejects.toThrow('fetch failed');
    answerNow();
    const { status, body, headers } = await slow;
    expect({ status, body }).toEqual({ status: 200, body: { done: true } });
    expect(headers.get('connection')).toBe('close');
    expect(await stopped).toEqual([]);
  });

  it('is not held up by connections that are kept alive', async () => {
    const agent = new Agent({ keepAlive: true });
    await new Promise((resolve) =>
      get(`${service.url}/health/live`, { agent }, (response) => response.resume().on('end', resolve)),
    );
    expect(await stopService(service.app, TIMEOUT_MS)).toEqual([]);
    agent.destroy();
  });

  const body =
    'POST /quick HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{"a":';
  it.each([
    ['a connection on which nothing is sent', ''],
    ['a request of which half a header has come', 'GET /health/live HTTP/1.1\r\nhost: x\r\nx-half'],
    ['a request of which half the body has come', body],
    ['an answer that is waited for with half the next request sent', `GET /none HTTP/1.1\r\nhost: x\r\n\r\n${body}`],
  ])('closes %s, and has finished then', async (_, text) => {
    const socket = await send(text);
    const closed = once(socket.resume(), 'close');
    expect(await stopService(service.app, TIMEOUT_MS)).toEqual([]);
    await closed;
  });

  it('closes a request that trickles in byte by byte', async () => {
    const socket = await send(body);
    const trickle = setInterval(() => socket.write(' '), 20);
    expect(await stopService(service.app, TIMEOUT_MS)).toEqual([]);
    clearInterval(trickle);
  });

  it('answers a request whose rest comes soon after the stop began', async () => {
    const socket = await send(
      'POST /quick HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{',
    );
    const answer = once(socket, 'data') as Promise<[Buffer]>;
    const stopped = stopService(service.app, TIMEOUT_MS);
    socket.write('}');
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 200 /);
    expect(await stopped).toEqual([]);
  });

  it('closes a connection that has become something else by an upgrade', async () => {
    const server: Server = service.app.getHttpServer();
    server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    const socket = await send('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n');
    await once(socket, 'data');
    expect(await stopService(service.app, TIMEOUT_MS)).toEqual([]);
  });

  it('drains the consumer beside HTTP: neither waits for the other', async () => {
    const consumer = connectConsumer();
    const inFlight = arrival();
    const slow = service.get('/slow');
    await inFlight;
    const stopped = stopService(service.app, TIMEOUT_MS);
    await consumer.closing.promise;
    answerNow();
    expect((await slow).status).toBe(200);
    consumer.finished.resolve(0);
    expect(await stopped).toEqual([]);
  });

  it('reports that handlers of the consumer were still running', async () => {
    const consumer = connectConsumer();
    consumer.finished.resolve(2);
    expect(await stopService(service.app, TIMEOUT_MS)).toEqual(['records in flight in the consumer']);
  });

  it('reports what did not finish in time', async () => {
    const inFlight = arrival();
    const never = service.get('/never').catch(() => undefined);
    await inFlight;
    const unfinished = await stopService(service.app, 200);
    expect(unfinished[0]).toBe('HTTP requests in flight');
    service.app.getHttpServer().closeAllConnections();
    await never;
  });

  it('does not wait for an answer for longer than its bound, and counts it', async () => {
    const inFlight = arrival();
    const never = service.get('/never').catch(() => 'reset');
    await inFlight;
    expect(await drainHttpServer(service.app.getHttpServer(), 200)).toBe(1);
    expect(await never).toBe('reset');
  });
});
