import { SpanKind } from '@opentelemetry/api';
import type { OutboxRow } from '../envelope/outbox-row.ts';
import { ATTRIBUTE, inSpan, linksTo, spansAreRecorded } from '../observe/spans.ts';

/** A send is about many events, each of another trace: it is a trace of its own, with a link to the span of each append. */
export async function inSendSpan<Result>(rows: readonly OutboxRow[], send: () => Promise<Result>): Promise<Result> {
  if (!spansAreRecorded()) return send();
  const topics = new Set(rows.map(({ topic }) => topic));
  const [topic] = topics.size === 1 ? topics : [];
  const attributes = {
    [ATTRIBUTE.system]: 'kafka',
    [ATTRIBUTE.operation]: 'send',
    [ATTRIBUTE.operationType]: 'send',
    [ATTRIBUTE.messageCount]: rows.length,
    ...(topic !== undefined && { [ATTRIBUTE.destination]: topic }),
  };
  const links = linksTo(rows.map(({ traceparent }) => traceparent));
  const name = topic === undefined ? 'send' : `send ${topic}`;
  return inSpan(name, { kind: SpanKind.CLIENT, attributes, links, root: true }, send);
}
