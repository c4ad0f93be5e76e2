import { atMost } from '@event-bus/test-kit/until';
import { CONFIRM_TIMEOUT_MS } from '../basics/limits.ts';
import type { Consumer, Handler, Received, Settlement } from './system.ts';

/** In the place of one that could not be started, which its caller is told. */
const NONE: Consumer = { stop: async () => {} };

/** What a client has started to consume. Those that an experiment has not stopped, as when it fails, are stopped with the client. */
export class Consumers {
  readonly #started: Array<Promise<Consumer>> = [];
  readonly #handling = new Set<(settlement: Settlement) => void>();
  #isOver = false;

  /** @param start gets the handler in a form that gives its message back when it has not ended with the client */
  async start(handler: Handler, start: (handler: Handler) => Promise<Consumer>): Promise<Consumer> {
    // An experiment that took too long goes on, beside the next.
    if (this.#isOver) throw new Error('the experiment has ended');
    const starting = start(async (message) => this.#handle(message, handler)).then(stoppedOnce);
    this.#started.push(starting.catch(() => NONE));
    return starting;
  }

  /** Together, because a member of a group may join only when another has left. */
  async stop(): Promise<void> {
    this.#isOver = true;
    for (const settle of this.#handling) settle('again');
    const ends = await Promise.allSettled(
      this.#started.map(async (starting) => {
        const consumer = await atMost(CONFIRM_TIMEOUT_MS, starting);
        if (consumer === undefined) throw new Error('a consumer that does not start cannot be stopped');
        await consumer.stop();
      }),
    );
    const problems = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    if (problems.length > 0) throw new AggregateError(problems, 'not every consumer could be stopped');
  }

  /** A handler may wait for what the experiment does not do any more. */
  async #handle(message: Received, handler: Handler): Promise<Settlement> {
    if (this.#isOver) return 'again';
    const { promise, resolve, reject } = Promise.withResolvers<Settlement>();
    this.#handling.add(resolve);
    handler(message).then(resolve, reject);
    try {
      return await promise;
    } finally {
      this.#handling.delete(resolve);
    }
  }
}

function stoppedOnce(consumer: Consumer): Consumer {
  let stopped: Promise<void> | undefined;
  return {
    stop: async () => {
      stopped ??= consumer.stop();
      return stopped;
    },
  };
}
