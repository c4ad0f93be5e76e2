import { Catch, UseFilters, applyDecorators } from '@nestjs/common';
import type { RpcExceptionFilter } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import type { EventDefinition } from '../event-definition.ts';
import type { AmbiguousPolicy, Confirmed, OutsideContext, TransactionContext } from './record-context.ts';

/** What the strategy learns of a handler through Nest's pattern metadata. */
export interface HandlerExtras {
  readonly event: EventDefinition;
  readonly outside: { readonly whenAmbiguous: AmbiguousPolicy } | undefined;
}

type HandlerDecorator<Payload, Context, Result> = <
  Handler extends (payload: Payload, context: Context) => Promise<Result>,
>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

/** Subscribes a controller's method to an event; its effects are in the service's database. */
export function OnEvent<Payload>(event: EventDefinition<Payload>): HandlerDecorator<Payload, TransactionContext, void>;
/** Subscribes a controller's method whose effect is outside the database: it claims, acts, confirms. */
export function OnEvent<Payload>(
  event: EventDefinition<Payload>,
  options: { effect: 'outside'; whenAmbiguous: AmbiguousPolicy },
): HandlerDecorator<Payload, OutsideContext, Confirmed>;
export function OnEvent(
  event: EventDefinition,
  options?: { effect: 'outside'; whenAmbiguous: AmbiguousPolicy },
): MethodDecorator {
  const extras: HandlerExtras = {
    event,
    outside: options === undefined ? undefined : { whenAmbiguous: options.whenAmbiguous },
  };
  return applyDecorators(EventPattern<string>(event.name, { handler: extras }), UseFilters(new PassErrorsOn()));
}

/** Nest would turn an error into "Internal server error", and retry or dead letter could not be told apart. */
@Catch()
class PassErrorsOn implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
