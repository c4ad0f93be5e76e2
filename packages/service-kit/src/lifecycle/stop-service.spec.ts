import { Controller, Get, Module } from '@nestjs/common';
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceKitModule } from '../service-kit.module.ts';
import { serveForTest } from '../testing/index.ts';
import type { ServiceUnderTest } from '../testing/index.ts';
import { stopService } from './stop-service.ts';

const SLOW_MS = 300;

/** Calls back when a request has reached its handler. */
let arrived = (): void => undefined;

async function arrival(): Promise<void> {
  await new Promise<void>((resolve) => (arrived = resolve));
}

@Controller()
class SlowController {
  @Get('slow')
  async slow(): Promise<unknown> {
    arrived();
    await delay(SLOW_MS); // takes its time
    return { done: true };
  }
  @Get('never')
  never(): Promise<unknown> {
    arrived();
    return new Promise(() => undefined);
  }
}

@Module({ imports: [ServiceKitModule.forRoot({ service: 'slow-service' })], controllers: [SlowController] })
class SlowModule {}

let service: ServiceUnderTest;
beforeEach(async () => {
  service = await serveForTest({ module: SlowModule });
});
afterEach(() => service.app.close());

describe('stopService', () => {
  it('lets a request at work have its answer, and takes no more', async () => {
    const atWork = arrival();
    const slow = service.get('/slow');
    await atWork;
    const stopped = stopService(service.app, 5_000);
    await expect(fetch(`${service.url}/slow`)).rejects.toThrow('fetch failed');
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
    const startedAt = performance.now();
    expect(await stopService(service.app, 5_000)).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    agent.destroy();
  });

  it('says what did not finish when the time is up', async () => {
    const atWork = arrival();
    const never = service.get('/never').catch(() => undefined);
    await atWork;
    const unfinished = await stopService(service.app, 200);
    expect(unfinished[0]).toBe('HTTP requests at work');
    service.app.getHttpServer().closeAllConnections();
    await never;
  });
});
