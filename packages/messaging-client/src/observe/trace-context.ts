import { randomBytes } from 'node:crypto';

/** W3C Trace Context (w3.org/TR/trace-context), carried through the outbox row and the record's headers. */
export interface TraceContext {
  readonly traceparent: string;
  readonly traceId: string;
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A new span of the given trace; of a new trace when there is none or it is malformed. */
export function continueTrace(parent: string | undefined): TraceContext {
  const traceId = parent?.match(TRACEPARENT)?.[1] ?? randomHex(16);
  return { traceId, traceparent: `00-${traceId}-${randomHex(8)}-01` };
}

/** Each call to the system's generator costs more than the record it is for: it is asked for many ids at once. */
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
