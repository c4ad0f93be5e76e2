import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { EventHandler } from '../handler/event-handler.ts';
import type { HandlerExtras } from '../handler/on-event.decorator.ts';

type Call = (payload: unknown, context: unknown) => Promise<unknown>;

/**
 * A handler as Nest gives it to a transport, with the guards, pipes, interceptors and filters that are bound to it.
 * `direct`: the method itself, where nothing is bound to it.
 */
export function nestHandler(extras: HandlerExtras, callback: MessageHandler, direct?: Call): EventHandler {
  const call: Call = direct ?? (async (payload, context) => throughNest(callback, payload, context));
  return {
    ...extras,
    call: extras.batch === undefined ? call : (payload, context) => call([payload], [context]),
    callTogether: call,
  };
}

async function throughNest(callback: MessageHandler, payload: unknown, context: unknown): Promise<unknown> {
  const result: unknown = await callback(payload, context);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
