import { camel, pascal } from '../names.ts';
import type { NewService } from './new-service-options.ts';

/** The specs of a handler: an event that is repeated, one that fails, the order, and what is published. */
export function handlerSpec(service: NewService, table: string): string {
  const parts = service.effect === 'outside' ? mailParts() : entryParts(table);
  return `${imports(service)}

${parts.set}\
const entries = async ({ dataSource }: StartedService): Promise<string[]> =>
  (await dataSource.query<{ event_id: string }[]>('SELECT event_id FROM ${table} ORDER BY id')).map(
    ({ event_id: id }) => id,
  );

${repetition(service, parts)}
${service.effect === 'database' ? '' : service.effect === 'outside' ? lostAnswer(service) : lostInbox(service)}\
${service.publishes === undefined ? '' : together(service, parts)}\
${failure(service, parts)}`;
}

/** What differs between an effect in the database and a mail. */
interface Parts {
  /** Before the tests. */
  readonly set: string;
  /** What a service is started with beside its database. */
  readonly settings: string;
  readonly breakIt: string;
  readonly repairIt: string;
  readonly effects: string;
}

function entryParts(table: string): Parts {
  return {
    set: '',
    settings: '',
    breakIt: `await service.dataSource.query('ALTER TABLE ${table} ADD CONSTRAINT broken CHECK (false)');`,
    repairIt: `await service.dataSource.query('ALTER TABLE ${table} DROP CONSTRAINT broken');`,
    effects: 'await entries(service)',
  };
}

function mailParts(): Parts {
  return {
    set: `/** A mail server in this process: the Message-IDs of its mails, and what it does with the next one. */
const mails: string[] = [];
let answer: 'accept' | 'refuse' | 'hang up' = 'accept';
const server = new SMTPServer({
  authOptional: true,
  hideSTARTTLS: true,
  onData: (stream, _session, done) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      if (answer === 'refuse') return done(Object.assign(new Error('try later'), { responseCode: 451 }));
      mails.push(/^Message-ID: <([^@]+)@/im.exec(Buffer.concat(chunks).toString())![1]!);
      if (answer === 'accept') return done();
      for (const socket of sockets) socket.destroy();
    });
  },
});
const sockets = new Set<Socket>();
let SMTP_URL: string;

beforeAll(async () => {
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  SMTP_URL = \`smtp://127.0.0.1:\${(server.server.address() as AddressInfo).port}\`;
});
beforeEach(() => {
  mails.length = 0;
  answer = 'accept';
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

`,
    settings: ', SMTP_URL',
    breakIt: "answer = 'refuse';",
    repairIt: "answer = 'accept';",
    effects: 'mails',
  };
}

function imports({ name, consumes, publishes, effect }: NewService): string {
  const events = [camel(consumes.name), ...(publishes === undefined ? [] : [camel(publishes.name)])].toSorted();
  const sendsMail = effect === 'outside';
  return `import { randomUUID } from 'node:crypto';
${sendsMail ? "import { once } from 'node:events';\nimport type { AddressInfo, Socket } from 'node:net';\n" : ''}\
import { ${[...new Set(events)].join(', ')} } from '@event-bus/event-catalog';
import { deliver, ${publishes === undefined ? '' : 'publishedBy, '}startTestBus } from '@event-bus/messaging-client/testing';
import { startForTest } from '@event-bus/service-kit/testing';
import type { StartedService } from '@event-bus/service-kit/testing';
import { createTestDatabase } from '@event-bus/test-kit';
import { until } from '@event-bus/test-kit/until';
${sendsMail ? "import { SMTPServer } from 'smtp-server';\n" : ''}\
import { ${sendsMail ? 'afterAll, beforeAll, beforeEach, ' : ''}expect, it } from 'vitest';
import { env } from '../config.ts';
import { ${pascal(name)}Module } from '../${name}.module.ts';`;
}

/** A test with a database and a service, without a broker. */
function test({ name }: NewService, { settings }: Pick<Parts, 'settings'>, title: string, body: string): string {
  return `it('${title}', async () => {
  const database = await createTestDatabase();
  const service = await startForTest(${pascal(name)}Module, env, { DATABASE_URL: database.url${settings} });
  try {
    ${body}
  } finally {
    await service.stop();
    await database.drop();
  }
});

`;
}

function deliverOf({ consumes }: NewService): string {
  return `deliver(service.app, ${camel(consumes.name)}, ${camel(consumes.name)}.example, { eventId })`;
}

/** What is expected of the outbox, where the service publishes. */
function published({ publishes }: NewService, count: number): string {
  return publishes === undefined
    ? ''
    : `expect(await publishedBy(service.dataSource, ${camel(publishes.name)})).toHaveLength(${count});`;
}

function repetition(service: NewService, parts: Parts): string {
  const again = `expect(await ${deliverOf(service)}).toMatchObject({ repeated: true });`;
  const title =
    service.effect === 'outside'
      ? 'an event that is delivered again sends no second mail'
      : 'an event that is delivered again adds no second entry';
  return test(
    service,
    parts,
    title,
    `const eventId = randomUUID();
    await ${deliverOf(service)};
    ${again}
    expect(${parts.effects}).toEqual([eventId]);
    ${published(service, 1)}`,
  );
}

function lostInbox(service: NewService): string {
  return test(
    service,
    { settings: '' },
    'an event that the inbox does not have yet is handled again, and adds no second entry',
    `const eventId = randomUUID();
    await ${deliverOf(service)};
    await service.dataSource.query('DELETE FROM inbox_message');
    expect(await ${deliverOf(service)}).toMatchObject({ repeated: false });
    expect(await entries(service)).toEqual([eventId]);
    ${published(service, 1)}`,
  );
}

function lostAnswer(service: NewService): string {
  return test(
    service,
    mailParts(),
    'a mail of which the answer is lost is sent again with the same Message-ID',
    `const eventId = randomUUID();
    answer = 'hang up';
    await expect(${deliverOf(service)}).rejects.toThrow(/clos|reset/i);
    expect(await entries(service)).toEqual([]);
    answer = 'accept';
    await ${deliverOf(service)};
    expect(mails).toEqual([eventId, eventId]);
    expect(await entries(service)).toEqual([eventId]);
    ${published(service, 1)}`,
  );
}

function together(service: NewService, parts: Parts): string {
  return test(
    service,
    parts,
    `there is no entry when ${service.publishes!.name} cannot be published`,
    `const eventId = randomUUID();
    await service.dataSource.query('ALTER TABLE outbox ADD CONSTRAINT broken CHECK (false)');
    await expect(${deliverOf(service)}).rejects.toThrow('broken');
    expect(await entries(service)).toEqual([]);
    await service.dataSource.query('ALTER TABLE outbox DROP CONSTRAINT broken');
    await ${deliverOf(service)};
    expect(await entries(service)).toEqual([eventId]);
    ${published(service, 1)}`,
  );
}

function failure({ name, consumes }: NewService, { settings, breakIt, repairIt, effects }: Parts): string {
  const event = camel(consumes.name);
  return `it('an event that fails is parked and retried, and a later one of its key waits for it', async () => {
  const [bus, database] = await Promise.all([startTestBus(), createTestDatabase()]);
  const settings = { DATABASE_URL: database.url, KAFKA_BROKERS: bus.address${settings} };
  const service = await startForTest(${pascal(name)}Module, env, settings);
  try {
    ${breakIt}
    const first = await bus.publish(${event}, ${event}.example);
    const second = await bus.publish(${event}, ${event}.example);
    await until('both records to be parked', async () => {
      const [row] = await service.dataSource.query<{ count: string }[]>('SELECT count(*) FROM parked_record');
      return row?.count === '2';
    });
    ${repairIt}
    await until('both entries', async () => (await entries(service)).length === 2);
    expect(${effects}).toEqual([first, second]);
  } finally {
    await service.stop();
    await bus.close();
    await database.drop();
  }
});
`;
}
