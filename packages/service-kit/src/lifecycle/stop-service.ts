import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';
import { drainHttpServer } from '../http/drain-http-server.ts';

/** One thing that a shutdown has to finish. `run` rejects when it could not. */
interface Step {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/**
 * Stops without losing work: requests in flight are answered while the consumer finishes and commits its records in
 * flight, so that neither waits for the other; then the relay and the connections close.
 * @returns what was not finished in time; empty after a clean shutdown
 */
export async function stopService(app: NestExpressApplication, timeoutMs: number): Promise<string[]> {
  const server: Server = app.getHttpServer();
  return finishInOrder(
    [
      [
        {
          name: 'HTTP requests in flight',
          run: async () => failIfUnfinished('requests had no answer yet', await drainHttpServer(server)),
        },
        {
          name: 'records in flight in the consumer',
          // Nest closes it again with the application, which then has no effect.
          run: async () => {
            const unfinished = await Promise.all(
              app.getMicroservices().map(async (part) => (part as Consumer).getTransportServer().close()),
            );
            failIfUnfinished(
              'handlers were still running',
              unfinished.reduce((sum, handlers) => sum + handlers, 0),
            );
          },
        },
      ],
      [{ name: 'the outbox relay and the connections', run: () => app.close() }],
    ],
    timeoutMs,
  );
}

/** The part of Nest's microservice that is not in its public interface. `close` returns how many handlers were still running. */
interface Consumer {
  getTransportServer(): { close(): Promise<number> };
}

function failIfUnfinished(what: string, count: number): void {
  if (count > 0) throw new Error(`${count} ${what}`);
}

/** The steps of a stage run concurrently; a stage begins when the previous one has ended, also when it failed. */
async function finishInOrder(stages: ReadonlyArray<readonly Step[]>, timeoutMs: number): Promise<string[]> {
  const logger = new Logger('Stop');
  const unfinished = new Set(stages.flat().map(({ name }) => name));
  const { promise: tooLate, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);

  const finish = async ({ name, run }: Step): Promise<void> => {
    try {
      await run();
      unfinished.delete(name);
    } catch (error) {
      logger.error({ err: error }, `stopping: ${name} failed`);
    }
  };
  const work = (async () => {
    for (const stage of stages) await Promise.all(stage.map(finish));
  })();
  await Promise.race([work, tooLate]);
  clearTimeout(timer);
  return [...unfinished];
}
