import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { beforeEach, describe, expect, it } from 'vitest';
import { RecordedSpans } from '../test/record-spans.ts';
import { until } from '../test/start-test-service.ts';
import type { TestPayload, TestService } from '../test/start-test-service.ts';
import { useBus } from '../test/use-bus.ts';
import { PermanentError } from './errors.ts';
import { QUICK_ATTEMPTS_MAX } from './limits.ts';
import { currentTrace } from './observe/scope.ts';
import { runInTrace } from './observe/spans.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

const spans = new RecordedSpans();
const bus = useBus();
beforeEach(() => spans.forget());

/** As a request would, with the `traceparent` of its caller. */
async function publish(service: TestService, payloads: TestPayload[], flags = '01'): Promise<string[]> {
  return runInTrace(`00-${TRACE_ID}-${SPAN_ID}-${flags}`, () => service.publish(bus.event, ...payloads));
}

const appends = (): ReadableSpan[] => spans.named(`append ${bus.event.topic.name}`);
const attempts = (): ReadableSpan[] => spans.named(`process ${bus.event.topic.name}`);
const outcomes = (): unknown[] => attempts().map(({ attributes }) => attributes['event_bus.outcome']);

async function untilOutcomes(service: TestService, count: number): Promise<void> {
  const looks = ['record.handled', 'record.dead', 'record.parked', 'record.retry'] as const;
  await until(service.events, [...looks], () => attempts().length >= count);
}

describe('an event', () => {
  it('is a span where it is appended, and each attempt to handle it is a span within that one', async () => {
    let failures = QUICK_ATTEMPTS_MAX + 1;
    const service = await bus.start(async () => {
      failures -= 1;
      if (failures >= 0) throw new RangeError('not yet, jimin@example.com');
    });
    const [eventId] = await publish(service, [{ key: 'a', n: 1 }]);
    await untilOutcomes(service, QUICK_ATTEMPTS_MAX + 2);

    const [append] = appends();
    const { name: topic } = bus.event.topic;
    expect(append).toMatchObject({
      kind: SpanKind.PRODUCER,
      parentSpanContext: { traceId: TRACE_ID, spanId: SPAN_ID },
    });
    expect(append!.attributes).toEqual({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'append',
      'messaging.operation.type': 'create',
      'messaging.destination.name': topic,
      'messaging.message.id': eventId,
      'cloudevents.event_type': bus.event.name,
    });

    expect(spans.within(append!)).toEqual(attempts());
    expect(outcomes()).toEqual(['retry', 'retry', 'parked', 'parked', 'handled']);
    expect(attempts().map(({ attributes }) => attributes['event_bus.attempt'])).toEqual([1, 2, 3, 4, 5]);
    for (const span of attempts().slice(0, -1)) {
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
      expect(span.attributes['error.type']).toBe('RangeError');
    }
    expect(attempts().at(-1)).toMatchObject({
      kind: SpanKind.CONSUMER,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'messaging.operation.type': 'process',
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': expect.stringMatching(/^\d+$/) as string,
        'messaging.kafka.offset': expect.any(Number) as number,
        'messaging.consumer.group.name': bus.group,
        'messaging.message.id': eventId,
        'cloudevents.event_type': bus.event.name,
      },
    });
    // The text of an error may contain personal data.
    expect(
      JSON.stringify(spans.all.map(({ attributes, status, events }) => [attributes, status, events])),
    ).not.toContain('jimin');
  });

  it('that a handler appends is within the attempt, and so is what it causes in turn', async () => {
    const service = await bus.start(async ({ n }, { manager }) => {
      if (n < 3) await service.outbox.append(manager, bus.event, { key: 'a', n: n + 1 });
    });
    await publish(service, [{ key: 'a', n: 1 }]);
    await untilOutcomes(service, 3);
    const chain: ReadableSpan[] = [appends().find(({ parentSpanContext }) => parentSpanContext?.spanId === SPAN_ID)!];
    for (let next = spans.within(chain[0]!); next.length > 0; next = spans.within(next[0]!)) chain.push(next[0]!);
    const [append, process] = [`append ${bus.event.topic.name}`, `process ${bus.event.topic.name}`];
    expect(chain.map(({ name }) => name)).toEqual([append, process, append, process, append, process]);
    for (const span of chain) expect(span.spanContext().traceId).toBe(TRACE_ID);
  });

  it('that is given up and redriven stays in its trace, with its announcement', async () => {
    let isFixed = false;
    const service = await bus.start(async () => {
      if (!isFixed) throw new PermanentError('a bug');
    });
    await publish(service, [{ key: 'a', n: 1 }]);
    await untilOutcomes(service, 1);
    isFixed = true;
    await service.deadLetters.redrive({ topic: bus.event.topic.name }, { by: 'tester' });
    await untilOutcomes(service, 2);

    expect(outcomes()).toEqual(['dead', 'handled']);
    const [dead, redriven] = attempts();
    expect(spans.within(appends()[0]!)).toEqual([dead, redriven]);
    expect(dead!.status.code).toBe(SpanStatusCode.ERROR);
    expect(redriven!.attributes).toMatchObject({ 'event_bus.attempt': 1, 'event_bus.redrives': 1 });
    expect(spans.within(dead!)).toMatchObject([
      { kind: SpanKind.PRODUCER, attributes: { 'cloudevents.event_type': 'record.dead-lettered' } },
    ]);
  });

  it('of a trace that is not sampled is not recorded, and the consumer knows that it is not', async () => {
    const seen: Array<string | undefined> = [];
    const service = await bus.start(async () => void seen.push(currentTrace()?.traceparent));
    await publish(service, [{ key: 'a', n: 1 }], '00');
    await until(service.events, ['record.handled'], () => seen.length === 1);
    expect(seen[0]).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-00$`));
    expect([...appends(), ...attempts()]).toEqual([]);
  });

  it('that no handler consumes is no span of the consumer', async () => {
    const service = await bus.start(async () => undefined);
    const foreign = bus.record('of another service', { key: 'a', n: 1 });
    await bus.produce({ ...foreign, headers: { ...foreign.headers, ce_type: 'thing.else' } });
    await publish(service, [{ key: 'a', n: 2 }]);
    await untilOutcomes(service, 1);
    expect(outcomes()).toEqual(['handled']);
  });
});

describe('events together', () => {
  const payloads = (count: number): TestPayload[] => Array.from({ length: count }, (_, n) => ({ key: `key ${n}`, n }));

  it('are sent in a span of its own trace that is linked with each append', async () => {
    const service = await bus.startPublisher();
    await publish(service, payloads(5));
    const sends = (): ReadableSpan[] => spans.named(`send ${bus.event.topic.name}`);
    const linked = (): Set<string> =>
      new Set(sends().flatMap(({ links }) => links.map(({ context }) => context.spanId)));
    await until(service.events, ['outbox.published'], () => linked().size === 5);
    expect(linked()).toEqual(new Set(appends().map((span) => span.spanContext().spanId)));
    for (const send of sends()) {
      expect(send).toMatchObject({
        kind: SpanKind.CLIENT,
        attributes: { 'messaging.batch.message_count': send.links.length },
      });
      expect(send.parentSpanContext).toBeUndefined();
    }
  });

  it('that share a transaction each have their own span, also when one of them fails', async () => {
    const service = await bus.start(async ({ n }) => {
      if (n === 7) throw new PermanentError('a bug');
    });
    await publish(service, payloads(20));
    const settled = (): ReadableSpan[] =>
      attempts().filter(({ attributes }) => ['handled', 'dead'].includes(String(attributes['event_bus.outcome'])));
    await until(service.events, ['record.handled', 'record.dead'], () => settled().length === 20);
    expect(new Set(settled().map((span) => span.parentSpanContext?.spanId))).toEqual(
      new Set(appends().map((span) => span.spanContext().spanId)),
    );
    expect(settled().filter(({ attributes }) => attributes['event_bus.outcome'] === 'dead')).toHaveLength(1);
  });

  it('that are handled in one call are one span, linked with each append', async () => {
    const calls: Array<{ readonly count: number; readonly traceId: string | undefined }> = [];
    const service = await bus.startBatches({ max: 10, waitMs: 50 }, async ({ length: count }) => {
      calls.push({ count, traceId: currentTrace()?.traceId });
    });
    await publish(service, payloads(10));
    // A broker may hand over some of them earlier. One that comes alone is a span within its append, and no link.
    const originsOf = ({ links, parentSpanContext }: ReadableSpan): Array<string | undefined> =>
      links.length > 0 ? links.map(({ context }) => context.spanId) : [parentSpanContext?.spanId];
    // A set, because a group that loses its partition meanwhile is handled again.
    const origins = (): Set<string | undefined> => new Set(attempts().flatMap(originsOf));
    await until(service.events, ['record.handled'], () => origins().size === 10 && attempts().length === calls.length);
    // Calls for several partitions end in any order.
    const spans = attempts().map((span) => ({
      count: Math.max(span.links.length, 1),
      traceId: span.spanContext().traceId,
    }));
    expect(new Set(spans)).toEqual(new Set(calls));
    for (const { links, attributes } of attempts().filter((span) => span.links.length > 0)) {
      expect(attributes['messaging.batch.message_count']).toBe(links.length);
    }
    expect(origins()).toEqual(new Set(appends().map((span) => span.spanContext().spanId)));
  });
});
