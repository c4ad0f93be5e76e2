import type { HandlerExtras } from './on-event.decorator.ts';
import type { RecordContext, TransactionContext } from './record-context.ts';

/** A controller's method that consumes an event, with what its decorator says of it. */
export interface EventHandler extends HandlerExtras {
  /** The context is that of its effect. */
  call(payload: unknown, context: RecordContext): Promise<unknown>;
  /** For a handler of batches; `call` then makes a batch of one. */
  callTogether(payloads: unknown[], contexts: TransactionContext[]): Promise<unknown>;
}
