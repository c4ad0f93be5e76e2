import { context, isSpanContextValid, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Context, Link, Span, SpanOptions } from '@opentelemetry/api';
import { SPAN_LINKS_MAX } from '../limits.ts';
import { currentTraceparent, runInScope } from './scope.ts';
import type { Scope } from './scope.ts';
import { readTraceparent, traceContextOf } from './trace-context.ts';

/** Names and attributes are those of OpenTelemetry's semantic conventions; what these do not have begins with `event_bus.`. */
export const ATTRIBUTE = {
  errorType: 'error.type',
  system: 'messaging.system',
  operation: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  partition: 'messaging.destination.partition.id',
  offset: 'messaging.kafka.offset',
  group: 'messaging.consumer.group.name',
  messageId: 'messaging.message.id',
  messageCount: 'messaging.batch.message_count',
  eventType: 'cloudevents.event_type',
  attempt: 'event_bus.attempt',
  redrives: 'event_bus.redrives',
  outcome: 'event_bus.outcome',
} as const;

const tracer = trace.getTracer('event-bus');
let isRecorded = false;

/**
 * Whether an SDK of OpenTelemetry is registered. Without one only the ids of a trace are carried on (see `currentTrace`), and
 * no span costs a record anything.
 */
export function spansAreRecorded(): boolean {
  // Only an SDK makes ids. One that was registered stays.
  isRecorded ||= isSpanContextValid(tracer.startSpan('', undefined, ROOT_CONTEXT).spanContext());
  return isRecorded;
}

/** To be called only where spans are recorded. The caller ends it. */
export function startSpan(name: string, options: SpanOptions, parent: Context = ROOT_CONTEXT): Span {
  return tracer.startSpan(name, options, parent);
}

/** Of a span that another process, or an earlier attempt, may have made. */
export function parentFrom(traceparent: string | undefined): Context {
  const parent = readTraceparent(traceparent);
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** To spans that are recorded, as far as an SDK keeps links. */
export function linksTo(traceparents: ReadonlyArray<string | null | undefined>): Link[] {
  const links: Link[] = [];
  for (const traceparent of traceparents) {
    const linked = readTraceparent(traceparent ?? undefined);
    if (linked !== undefined) links.push({ context: linked });
    if (links.length === SPAN_LINKS_MAX) break;
  }
  return links;
}

export interface SpanStart {
  readonly name: string;
  readonly options: SpanOptions;
}

/**
 * Runs `work` as a new span of the given trace; of a new trace when there is none or it is malformed. With `start` the span is
 * recorded where spans are, and `work` ends it.
 */
export function runInTrace<Result>(
  traceparent: string | undefined,
  work: (span: Span | undefined) => Result,
  start?: SpanStart,
): Result {
  const scope: Scope = { traceparent, record: undefined, trace: undefined };
  if (start === undefined || !spansAreRecorded()) return runInScope(scope, () => work(undefined));
  const span = startSpan(start.name, start.options, parentFrom(traceparent));
  return runInSpan(scope, span, () => work(span));
}

/** Runs `work` in a span of its own, whose ids the scope then has. The caller ends the span. */
export function runInSpan<Result>(scope: Scope, span: Span, work: () => Result): Result {
  scope.trace = traceContextOf(span.spanContext());
  return context.with(trace.setSpan(ROOT_CONTEXT, span), () => runInScope(scope, work));
}

/**
 * Runs `work` in a span within the current one, and ends it.
 * @throws what `work` throws
 */
export async function inSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (span: Span | undefined) => Promise<Result>,
): Promise<Result> {
  if (!spansAreRecorded()) return work(undefined);
  const parent = currentContext();
  const span = startSpan(name, options, parent);
  return context.with(trace.setSpan(parent, span), () => endWith(span, work));
}

/** Ends the span when `work` has ended, as failed when that throws. */
export async function endWith<Result>(span: Span, work: (span: Span) => Promise<Result>): Promise<Result> {
  try {
    return await work(span);
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Of the error only its type: its text may contain personal data, and is in the log line of the same trace. */
export function failSpan(span: Span, error: unknown): void {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const type = [code, name, 'unknown'].find((one) => typeof one === 'string');
  span.setAttribute(ATTRIBUTE.errorType, type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** A span that a handler has begun by itself, or else the span of its scope. */
function currentContext(): Context {
  const active = context.active();
  return trace.getSpan(active) === undefined ? parentFrom(currentTraceparent()) : active;
}
