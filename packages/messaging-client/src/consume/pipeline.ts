import type { Delivery } from './delivery.ts';
import type { Outcome } from './outcome.ts';
import type { Decode } from './stages/decode.ts';
import type { Handle } from './stages/handle.ts';
import type { PoisonGuard } from './stages/poison-guard.ts';
import type { RetryOrPark } from './stages/retry-or-park.ts';
import type { TakeTurn } from './stages/take-turn.ts';
import type { Next, Stage } from './stage.ts';
import type { Trace } from './stages/trace.ts';

export interface Stages {
  readonly takeTurn: TakeTurn;
  readonly trace: Trace;
  readonly poisonGuard: PoisonGuard;
  readonly retryOrPark: RetryOrPark;
  readonly decode: Decode;
  readonly handle: Handle;
}

/** The path of one record through one attempt. */
export class Pipeline {
  /** From the outermost stage to the innermost: what one throws, those before it catch. */
  readonly attempt: Next;
  readonly #stages: Stages;

  constructor(stages: Stages) {
    this.#stages = stages;
    this.attempt = chain(
      // Is the partition still ours, and does another record of the key wait? Then this one waits behind it.
      stages.takeTurn,
      // One span and one current record for everything below, the handler's log lines included.
      stages.trace,
      // After a crash: notes that the attempt begins, so that a record that ends its process each time is found.
      stages.poisonGuard,
      // What a failure means: again soon, again later from the database (it is parked), or never (a dead letter).
      stages.retryOrPark,
      // From bytes to headers, handler and payload.
      stages.decode,
      // The inbox and the handler, as its effect demands.
      stages.handle,
    );
  }

  /**
   * An attempt of which nothing is decided when it fails, for specs of handlers.
   * @throws GivenUp, and what the handler throws
   */
  async attemptOnce(delivery: Delivery): Promise<Outcome> {
    const { trace, decode, handle } = this.#stages;
    return chain(trace, decode, handle)(delivery);
  }

  /** What a failure means that was found outside of the pipeline, in a transaction of several records. */
  async settle(delivery: Delivery, error: unknown): Promise<Outcome> {
    const fail: Stage = {
      run: () => {
        throw error;
      },
    };
    const { trace, retryOrPark } = this.#stages;
    return chain(trace, retryOrPark, fail)(delivery);
  }
}

function chain(...stages: readonly Stage[]): Next {
  const end: Next = () => {
    throw new Error('the last stage decides');
  };
  return stages.reduceRight<Next>((next, stage) => (delivery) => stage.run(delivery, next), end);
}
