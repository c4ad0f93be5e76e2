import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { EventHandler } from '../handler/event-handler.ts';
import type { HandlerExtras } from '../handler/on-event.decorator.ts';

/** A handler as Nest gives it to a transport, with the guards, pipes, interceptors and filters that are bound to it. */
export function nestHandler(extras: HandlerExtras, callback: MessageHandler): EventHandler {
  return {
    ...extras,
    call: (payload, context) =>
      extras.batch === undefined ? call(callback, payload, context) : call(callback, [payload], [context]),
    callTogether: (payloads, contexts) => call(callback, payloads, contexts),
  };
}

async function call(handler: MessageHandler, payload: unknown, context: unknown): Promise<unknown> {
  const result: unknown = await handler(payload, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
