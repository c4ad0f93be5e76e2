import { describe, expect, it } from 'vitest';
import { deliveryOf, openPartition } from '../../../test/stage-parts.ts';
import { newTestEvent } from '../../../test/start-test-service.ts';
import { HEADER } from '../../envelope/cloud-event-headers.ts';
import { currentRecord, currentTrace } from '../../observe/scope.ts';
import type { CurrentRecord } from '../../observe/scope.ts';
import type { Delivery } from '../delivery.ts';
import { identify } from '../identify.ts';
import { HANDLED } from '../outcome.ts';
import { Trace } from './trace.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const event = newTestEvent();
const trace = new Trace('group', new Map());

function tracedDelivery(): Delivery {
  const headers = { [HEADER.traceparent]: `00-${TRACE_ID}-b7ad6b7169203331-01` };
  return deliveryOf(openPartition(event), event, { key: 'a', n: 1 }, { eventId: 'event 1', headers });
}

interface Seen {
  readonly traceparent: string | undefined;
  readonly record: CurrentRecord | undefined;
}

/** What the work of one attempt sees, after it has waited for something. */
async function attempt(delivery: Delivery): Promise<Seen> {
  let seen: Seen | undefined;
  delivery.beginAttempt();
  await trace.run(delivery, async () => {
    identify(delivery);
    await new Promise(setImmediate);
    seen = { traceparent: currentTrace()?.traceparent, record: currentRecord() };
    return HANDLED;
  });
  return seen!;
}

describe('the work of an attempt', () => {
  it('belongs to the trace of its record, and its log lines name the record', async () => {
    const delivery = tracedDelivery();
    const { traceparent, record } = await attempt(delivery);
    expect(traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
    const { topic, partition, message } = delivery;
    const place = { topic, partition, offset: message.offset };
    expect(record).toEqual({ eventId: 'event 1', event: event.name, ...place, attempt: 1 });
    expect([currentTrace(), currentRecord()]).toEqual([undefined, undefined]);
  });

  it('is a span of its own: a second attempt has its number and another span, in the same trace', async () => {
    const delivery = tracedDelivery();
    const seen = [await attempt(delivery), await attempt(delivery)];
    expect(seen.map(({ record }) => record?.attempt)).toEqual([1, 2]);
    const spans = seen.map(({ traceparent }) => traceparent);
    expect(new Set(spans).size).toBe(2);
    for (const span of spans) expect(span).toContain(TRACE_ID);
  });

  it('of two records at the same time is kept apart', async () => {
    const [one, other] = [tracedDelivery(), tracedDelivery()];
    const [seen, seenByOther] = await Promise.all([attempt(one), attempt(other)]);
    expect(seen.record?.offset).toBe(one.message.offset);
    expect(seenByOther.record?.offset).toBe(other.message.offset);
  });
});
