import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { Attributes, Span } from '@opentelemetry/api';
import { runInScope } from '../../observe/scope.ts';
import {
  ATTRIBUTE,
  endWith,
  failSpan,
  linksTo,
  parentFrom,
  runInSpan,
  runInTrace,
  spansAreRecorded,
  startSpan,
} from '../../observe/spans.ts';
import type { Delivery } from '../delivery.ts';
import { identify } from '../identify.ts';
import type { Handlers } from '../identify.ts';
import type { Outcome } from '../outcome.ts';
import type { Next, Stage } from '../stage.ts';

/**
 * Everything that an attempt does belongs to the record's trace, and its log lines name the record. Where spans are recorded,
 * each attempt is a span whose parent is the span that appended the event: so a trace stays whole through retries, parking and
 * redrives. Else its ids are made only when they are used.
 */
export class Trace implements Stage {
  readonly #group: string;
  readonly #handlers: Handlers;

  constructor(group: string, handlers: Handlers) {
    this.#group = group;
    this.#handlers = handlers;
  }

  run(delivery: Delivery, next: Next): Outcome | Promise<Outcome> {
    if (!spansAreRecorded()) return runInScope(delivery, () => next(delivery));
    return this.#runAndEnd(delivery, next);
  }

  async #runAndEnd(delivery: Delivery, next: Next): Promise<Outcome> {
    try {
      const outcome = await this.runWithin(delivery, async () => next(delivery));
      endSpan(delivery, outcome);
      return outcome;
    } catch (error) {
      if (delivery.span !== undefined) failSpan(delivery.span, error);
      delivery.span?.end();
      throw error;
    }
  }

  /** A part of an attempt. Its span goes on until `endSpan`, or until the record passes this stage. */
  runWithin<Result>(delivery: Delivery, work: () => Result): Result {
    if (!spansAreRecorded()) return runInScope(delivery, work);
    delivery.span ??= this.#startSpan(delivery);
    return delivery.span === undefined ? runInScope(delivery, work) : runInSpan(delivery, delivery.span, work);
  }

  /** Undefined for an event that this service does not handle: a topic may carry many of them. */
  #startSpan(delivery: Delivery): Span | undefined {
    identify(delivery, this.#handlers);
    const { topic, partition, message, headers, handler, attempts, parked } = delivery;
    if (headers !== undefined && handler === undefined) return undefined;
    const attributes: Attributes = {
      ...this.#attributes(topic),
      [ATTRIBUTE.partition]: String(partition),
      [ATTRIBUTE.offset]: Number(message.offset),
      [ATTRIBUTE.attempt]: attempts,
    };
    if (headers !== undefined) {
      attributes[ATTRIBUTE.messageId] = headers.id;
      attributes[ATTRIBUTE.eventType] = headers.name;
    }
    if (parked !== undefined && parked.redrives > 0) attributes[ATTRIBUTE.redrives] = parked.redrives;
    return startSpan(`process ${topic}`, { kind: SpanKind.CONSUMER, attributes }, parentFrom(headers?.traceparent));
  }

  /** A call of a handler with many records at once: linked with each of them; of one, as if it came alone. */
  async runBatch<Result>(deliveries: readonly Delivery[], work: () => Promise<Result>): Promise<Result> {
    const [first, ...others] = deliveries;
    const traceparent = others.length === 0 ? first!.traceparent : undefined;
    const attributes = { ...this.#attributes(first!.topic), [ATTRIBUTE.messageCount]: deliveries.length };
    const links = linksTo(deliveries.map((delivery) => delivery.traceparent));
    const start = { name: `process ${first!.topic}`, options: { kind: SpanKind.CONSUMER, attributes, links } };
    return runInTrace(traceparent, async (span) => (span === undefined ? work() : endWith(span, work)), start);
  }

  #attributes(topic: string): Attributes {
    return {
      [ATTRIBUTE.system]: 'kafka',
      [ATTRIBUTE.operation]: 'process',
      [ATTRIBUTE.operationType]: 'process',
      [ATTRIBUTE.destination]: topic,
      [ATTRIBUTE.group]: this.#group,
    };
  }
}

/** What became of an attempt. Its span, if it has one, is over. */
export function endSpan({ span }: Delivery, { is }: Outcome): void {
  span?.setAttribute(ATTRIBUTE.outcome, is);
  if (is === 'dead') span?.setStatus({ code: SpanStatusCode.ERROR });
  span?.end();
}
