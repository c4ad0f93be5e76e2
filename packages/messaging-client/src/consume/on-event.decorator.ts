import { Catch, UseFilters, applyDecorators } from '@nestjs/common';
import type { RpcExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import type { EventDefinition } from '../event-definition.ts';
import type { AmbiguousPolicy, Confirmed, OutsideContext, TransactionContext } from './record-context.ts';

/** What the strategy learns of a handler through Nest's pattern metadata. */
export interface HandlerExtras {
  readonly event: EventDefinition;
  readonly outside: { readonly whenAmbiguous: AmbiguousPolicy } | undefined;
}

type HandlerDecorator<Body, Context, Result> = <Handler extends (payload: Body, context: Context) => Promise<Result>>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

/** Subscribes a controller's method to an event; its effects are in the service's database. */
export function OnEvent<Body>(event: EventDefinition<Body>): HandlerDecorator<Body, TransactionContext, void>;
/** Subscribes a controller's method whose effect is outside the database: it claims, acts, confirms. */
export function OnEvent<Body>(
  event: EventDefinition<Body>,
  options: { effect: 'outside'; whenAmbiguous: AmbiguousPolicy },
): HandlerDecorator<Body, OutsideContext, Confirmed>;
export function OnEvent(
  event: EventDefinition,
  options?: { effect: 'outside'; whenAmbiguous: AmbiguousPolicy },
): MethodDecorator {
  const extras: HandlerExtras = {
    event,
    outside: options === undefined ? undefined : { whenAmbiguous: options.whenAmbiguous },
  };
  return applyDecorators(
    EventPattern<string>(event.name, { handler: extras }),
    UseFilters(new PassErrorsOn()),
    passPayloadAndContext,
  );
}

/** Nest passes the payload alone unless the parameters are marked; this marks them for every handler alike. */
const passPayloadAndContext: MethodDecorator = (target, name) => {
  Payload()(target, name, 0);
  Ctx()(target, name, 1);
};

/** Nest would turn an error into "Internal server error", and retry or dead letter could not be told apart. */
@Catch()
class PassErrorsOn implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
