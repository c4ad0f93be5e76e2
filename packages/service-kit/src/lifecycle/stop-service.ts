import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';
import { drainHttpServer } from '../http/drain-http-server.ts';

/** One thing that a stop has to finish; they are done in order. */
interface Step {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/**
 * Stops without losing work, in the order in which work flows: requests at work get their answers, the consumer
 * finishes and commits what it has in hand, then the relay and the connections close.
 * @returns the steps that were not finished in time; empty after a clean stop
 */
export async function stopService(app: NestExpressApplication, timeoutMs: number): Promise<string[]> {
  const server: Server = app.getHttpServer();
  return finishInOrder(
    [
      { name: 'HTTP requests at work', run: () => drainHttpServer(server) },
      {
        name: 'records at work in the consumer',
        // Nest closes it again with the application; by then there is nothing left to do.
        run: () => Promise.all(app.getMicroservices().map((part) => (part as Consumer).getTransportServer().close())),
      },
      { name: 'the outbox relay and the connections', run: () => app.close() },
    ],
    timeoutMs,
  );
}

/** Of Nest's microservice, what its public interface leaves out. */
interface Consumer {
  getTransportServer(): { close(): unknown };
}

async function finishInOrder(steps: readonly Step[], timeoutMs: number): Promise<string[]> {
  const logger = new Logger('Stop');
  const unfinished = new Set(steps.map(({ name }) => name));
  const { promise: tooLate, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);

  const work = (async () => {
    for (const { name, run } of steps) {
      try {
        await run();
        unfinished.delete(name);
      } catch (error) {
        logger.error({ err: error }, `stopping: ${name} failed`);
      }
    }
  })();
  await Promise.race([work, tooLate]);
  clearTimeout(timer);
  return [...unfinished];
}
