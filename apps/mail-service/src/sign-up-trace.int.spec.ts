import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { queryOf, redriveDeadLetters } from '@event-bus/messaging-client';
import { startTestBus } from '@event-bus/messaging-client/testing';
import type { TestBus } from '@event-bus/messaging-client/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { OtlpReceiver } from '@event-bus/test-kit/otlp-receiver';
import type { ReceivedSpan } from '@event-bus/test-kit/otlp-receiver';
import { until } from '@event-bus/test-kit/until';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, SmtpSink } from './testing/smtp-sink.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
/** What the SDK alone would wait for an answer, at a stop too. */
const SDK_EXPORT_TIMEOUT_MS = 30_000;
const CALLER = 'b7ad6b7169203331';

let bus: TestBus;
let sink: SmtpSink;
let receiver: OtlpReceiver;
let databases: TestDatabase[];
let mails: DataSource;
let children: ChildProcess[] = [];

beforeEach(async () => {
  [bus, sink, receiver, databases] = await Promise.all([
    startTestBus(),
    SmtpSink.start(),
    OtlpReceiver.start(),
    Promise.all([createTestDatabase(), createTestDatabase()]),
  ]);
  mails = await new DataSource({ type: 'postgres', url: databases[1]!.url }).initialize();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await mails.destroy();
  await Promise.all([bus.close(), sink.stop(), receiver.close(), ...databases.map(async (one) => one.drop())]);
});

interface Started {
  readonly address: string;
  readonly lines: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

/** A service in a process of its own, as it runs in production, once it is ready. */
async function start(service: string, databaseUrl: string, env: Readonly<Record<string, string>>): Promise<Started> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', '..', service, 'dist', 'main.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HTTP_PORT: '0',
      DATABASE_URL: databaseUrl,
      KAFKA_BROKERS: bus.address,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      ...env,
    },
  });
  children.push(child);
  const lines: Array<Record<string, unknown>> = [];
  createInterface({ input: child.stdout }).on('line', (line) =>
    lines.push(JSON.parse(line) as Record<string, unknown>),
  );
  const { address } = await until(`${service} to be ready`, () =>
    lines.find(({ msg }) => String(msg).includes('is ready at')),
  );
  return { address: String(address), lines };
}

/** What is recorded is exported by the end of a stop. */
async function stop(): Promise<void> {
  const stopping = children.map(async (child) => {
    child.kill('SIGTERM');
    // When its output has been read, too.
    expect(await once(child, 'close')).toEqual([0, null]);
  });
  children = [];
  await Promise.all(stopping);
}

/** A span and what is within it, without what differs from run to run. */
interface Tree {
  readonly span: string;
  readonly within?: Tree[];
}

function treeOf({ resource, name, spanId, attributes }: ReceivedSpan): Tree {
  const type = attributes['cloudevents.event_type'];
  const attempt = attributes['event_bus.attempt'];
  const outcome = attributes['event_bus.outcome'];
  const redrives = attributes['event_bus.redrives'];
  const span = [
    `${resource['service.name']}: ${name}`,
    type,
    attempt && `attempt ${attempt}`,
    redrives && `redrive ${redrives}`,
    outcome,
  ].filter((part) => part !== undefined);
  const within = receiver.spans
    .filter(({ parentSpanId }) => parentSpanId === spanId)
    .toSorted((one, other) => Number(one.startedAt - other.startedAt))
    .map(treeOf);
  return { span: span.join(', '), ...(within.length > 0 && { within }) };
}

describe('the trace of a sign-up', () => {
  it('is whole from the request to the mail, through retries, parking, a dead letter and its redrive', async () => {
    // Two quick attempts in memory, the third is parked, the fourth becomes a dead letter.
    const answers = [answer(450, 'later'), answer(450, 'later'), answer(450, 'later'), answer(550, 'no')];
    sink.behaviour.onRcptTo = (_address, _session, done) => done(answers.shift());
    const [{ address: members }] = await Promise.all([
      start('member-service', databases[0]!.url, {}),
      start('mail-service', databases[1]!.url, {
        SMTP_URL: sink.url,
        MAIL_FROM: 'shop@example.com',
        INSTANCE_ID: '2',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=spec',
      }),
    ]);
    const response = await fetch(`${members}/members`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${TRACE_ID}-${CALLER}-01` },
      body: JSON.stringify({ email: 'jimin@example.com', name: '김지민' }),
    });
    expect(response.status).toBe(201);
    const redriven = await until('the mail to be given up, and its redrive', async () => {
      const { resolved } = await mails.transaction(async (manager) =>
        redriveDeadLetters(queryOf(manager), { group: 'mail-service' }, { by: 'spec' }),
      );
      return resolved.length > 0 && resolved;
    });
    expect(redriven).toHaveLength(1);
    await sink.received(1);
    await until('all events of the mail to be published', async () => {
      const [rows] = (await mails.query(
        `SELECT bool_or(type = 'email.sent') AND bool_and(published_at IS NOT NULL) AS are_published FROM outbox`,
      )) as [{ are_published: boolean }];
      return rows.are_published;
    });
    await stop();

    const roots = receiver.spans.filter(({ parentSpanId }) => parentSpanId === CALLER);
    expect(response.headers.get('traceparent')).toBe(`00-${TRACE_ID}-${roots[0]!.spanId}-01`);
    const sent = (outcome: string): Tree => ({ span: `mail-service: smtp send, ${outcome}` });
    const attempt = (n: number, outcome: string, ...within: Tree[]): Tree => ({
      span: `mail-service: process member, member.signed-up, attempt ${n}, ${outcome}`,
      within,
    });
    expect(roots.map(treeOf)).toEqual([
      {
        span: 'member-service: POST /members',
        within: [
          {
            span: 'member-service: append member, member.signed-up',
            within: [
              attempt(1, 'retry', sent('not-accepted')),
              attempt(2, 'retry', sent('not-accepted')),
              attempt(3, 'parked', sent('not-accepted')),
              attempt(
                4,
                'dead',
                sent('rejected'),
                { span: 'mail-service: append member.mail-service.dead, record.dead-lettered' },
                { span: 'mail-service: append mail, email.failed' },
              ),
              attempt(1, 'redrive 1, handled', sent('accepted'), { span: 'mail-service: append mail, email.sent' }),
            ],
          },
        ],
      },
    ]);
    const { spans } = receiver;
    // Each event that was appended has been sent, in a trace of its own.
    const sends = spans.filter(({ name }) => name.startsWith('send'));
    const appends = spans.filter(({ name }) => name.startsWith('append'));
    expect(new Set(sends.flatMap(({ links }) => links))).toEqual(new Set(appends.map(({ spanId }) => spanId)));
    expect(sends.filter(({ traceId }) => traceId === TRACE_ID)).toEqual([]);
    expect(spans.find(({ name }) => name === 'smtp send')!.resource).toEqual({
      'service.name': 'mail-service',
      'service.version': expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      'service.instance.id': '2',
      'deployment.environment.name': 'spec',
    });
    // Neither the member's address nor the name is in any of them.
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toMatch(/jimin|지민/);
  }, 120_000);
});

describe('an endpoint for spans', () => {
  const nothing = { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'shop@example.com' };

  it('that never answers does not delay a stop, and requests are answered', async () => {
    receiver.behaviour = 'hang';
    const { address, lines } = await start('mail-service', databases[1]!.url, {
      ...nothing,
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
    });
    expect((await fetch(`${address}/mails`)).status).toBe(200);
    await stop();
    expect(receiver.requests).toBeGreaterThan(0);
    const { durationMs } = lines.find(({ msg }) => msg === 'stopped')!;
    expect(durationMs).toBeLessThan(SDK_EXPORT_TIMEOUT_MS);
  });

  it('that does not exist is reported once and harms no service', async () => {
    const { address, lines } = await start('mail-service', databases[1]!.url, {
      ...nothing,
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    });
    expect((await fetch(`${address}/mails`)).status).toBe(200);
    await stop();
    expect(lines.filter(({ context }) => context === 'Traces')).toMatchObject([
      { level: 'warn', endpoint: 'http://127.0.0.1:1', msg: expect.stringContaining('OTEL_EXPORTER_OTLP_ENDPOINT') },
    ]);
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped' });
  });

  it('gets none of a trace that the sampler does not choose, and those who are called next know that', async () => {
    const { address } = await start('mail-service', databases[1]!.url, {
      ...nothing,
      OTEL_TRACES_SAMPLER: 'always_off',
    });
    const response = await fetch(`${address}/mails`, { headers: { traceparent: `00-${TRACE_ID}-${CALLER}-01` } });
    expect(response.headers.get('traceparent')).toMatch(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-00$`));
    await stop();
    expect(receiver.requests).toBe(0);
  });
});
