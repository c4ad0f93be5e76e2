import { randomBytes } from 'node:crypto';
import { isSpanContextValid, TraceFlags } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';

/** W3C Trace Context (w3.org/TR/trace-context), carried through the outbox row and the record's headers. */
export interface TraceContext {
  readonly traceparent: string;
  readonly traceId: string;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** @returns undefined when there is none or it is malformed */
export function readTraceparent(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = traceparent?.match(TRACEPARENT) ?? [];
  if (traceId === undefined) return undefined;
  const context = { traceId, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16), isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}

export function traceContextOf({ traceId, spanId, traceFlags }: SpanContext): TraceContext {
  return { traceId, traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}` };
}

/**
 * The ids of a new span of the given trace; of a new trace when there is none or it is malformed. Where spans are not
 * recorded, the ids are all there is of a span. Whether the trace is sampled is decided where it begins.
 */
export function continueTrace(parent: string | undefined): TraceContext {
  const trace = readTraceparent(parent) ?? { traceId: randomHex(16), traceFlags: TraceFlags.SAMPLED };
  return traceContextOf({ ...trace, spanId: randomHex(8) });
}

/** Each call to the system's generator costs more than the record it is for: it is called for many ids at once. */
const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);
let poolUsed = 0;

function randomHex(bytes: number): string {
  if (poolUsed + bytes > pool.length) {
    pool = randomBytes(POOL_BYTES);
    poolUsed = 0;
  }
  poolUsed += bytes;
  return pool.toString('hex', poolUsed - bytes, poolUsed);
}
