import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memberSignedUp } from '@event-bus/event-catalog';
import { startBroker } from '@event-bus/log-broker';
import type { RunningBroker } from '@event-bus/log-broker';
import { messagingMigrations } from '@event-bus/messaging-client';
import { createTestDatabase } from '@event-bus/test-kit';
import type { TestDatabase } from '@event-bus/test-kit';
import { commitOffset } from '@event-bus/test-kit/commit-offset';
import { Producer } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import type { Consumer } from 'kafkajs';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putUndecodableBatch } from '../../packages/messaging-client/test/put-undecodable-batch.ts';
import { clusterOf } from '@event-bus/messaging-client/inspect';
import { setOffsets } from './broker/set-offsets.ts';
import { runBus } from './run-bus.ts';

/** The machine may be busy. */
const COMMAND_WITHIN_MS = 60_000;
const GROUP = 'mail-service';
const MAIN = join(import.meta.dirname, 'main.ts');

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
let broker: RunningBroker;
let kafka: Kafka;
let database: TestDatabase;
let dataSource: DataSource;
let reader: Consumer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bus-'));
  [broker, database] = await Promise.all([
    startBroker({ listen: { port: 0 }, data: join(folder, 'broker') }),
    createTestDatabase(),
  ]);
  kafka = new Kafka({ brokers: [`127.0.0.1:${broker.port}`], clientId: 'test', logLevel: logLevel.NOTHING });
  dataSource = new DataSource({ type: 'postgres', url: database.url, migrations: messagingMigrations(GROUP) });
  await dataSource.initialize();
  await dataSource.runMigrations();

  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'member', numPartitions: 2 }] });
  await admin.disconnect();
}, COMMAND_WITHIN_MS);

afterAll(async () => {
  await reader?.disconnect();
  await dataSource?.destroy();
  await database?.drop();
  await broker?.close();
  await rm(folder, { recursive: true, force: true });
}, COMMAND_WITHIN_MS);

async function bus(...words: string[]): Promise<Outcome> {
  const settings = ['--brokers', `127.0.0.1:${broker.port}`, '--database', `${GROUP}=${database.url}`];
  return run([...words, ...settings]);
}

/** In this process: a hundred starts of Node would be most of the time. */
async function run(words: string[]): Promise<Outcome> {
  const outcome = { stdout: '', stderr: '' };
  const code = await runBus(words, {
    env: {},
    signal: new AbortController().signal,
    screen: {
      out: (text) => (outcome.stdout += text),
      err: (text) => (outcome.stderr += text),
      isTerminal: false,
    },
  });
  return { code, ...outcome };
}

/** As the operator does it. */
async function runAsProcess(words: string[]): Promise<Outcome> {
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', MAIN, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
  }
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject).once('close', resolve);
  return { code: await promise, ...texts };
}

async function busJson<Document>(...words: string[]): Promise<Document> {
  const { code, stdout, stderr } = await bus(...words, '--json');
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Document;
}

/** A dead letter as the consumer leaves one. */
async function giveUp(offset: number, { redrives = 0, error = '550 no such user' } = {}): Promise<string> {
  const [letter] = await dataSource.query<Array<{ id: string }>>(
    `INSERT INTO dead_letter (consumer_group, topic, "partition", "offset", key, value, headers, event_id, event, reason, error,
                              attempts, recorded_at, redrives, policy)
     VALUES ($1, 'member', 0, $2, 'k', '{"memberId":1}', '[]', $3, 'member.signed-up', 'permanent', $4, 3, now(), $5, 'hold')
     RETURNING id`,
    [GROUP, offset, `event-${offset}`, error, redrives],
  );
  return letter!.id;
}

describe('npm run bus', { timeout: COMMAND_WITHIN_MS }, () => {
  it('publishes a valid event, and shows it', async () => {
    const published = await busJson<{ id: string; partition: number }>('publish', 'member.signed-up', '--example');
    for (let count = 0; count < 2; count += 1) await busJson('publish', 'member.signed-up', '--example');

    const { topics } = await busJson<{ topics: object[] }>('topics', 'member');
    expect(topics).toMatchObject([{ topic: 'member', records: '3', partitions: [{ first: '0' }, { first: '0' }] }]);

    const { stdout } = await bus('tail', 'member', '--json', '--where', `id=${published.id}`);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'member.signed-up',
      key: memberSignedUp.example.memberId,
      offset: '0',
      headers: { ce_source: 'bus', ce_dataschema: 'urn:event:member.signed-up:v1' },
      value: memberSignedUp.example,
    });
  });

  it('says whether everything is fine, and by its exit code if not', async () => {
    expect(await busJson('status')).toMatchObject({
      ok: true,
      services: [
        { service: GROUP, missingMigrations: [], stats: { pending: 0, lagMs: 0, deadLetters: 0 }, problems: [] },
      ],
    });
    await dataSource.query(
      `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload, created_at)
       VALUES ('member', 'k', 'member.signed-up', 1, $1, '{}', now() - interval '5 minutes')`,
      [GROUP],
    );
    const letter = await giveUp(900);
    const { code, stdout } = await bus('status', '--json');
    expect({ code, status: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 1,
      status: {
        ok: false,
        services: [
          {
            stats: { pending: 1, ready: 1, rejected: 0, shardsHeld: 0, parked: 0, claimed: 0, deadLetters: 1 },
            problems: [
              expect.stringMatching(/waited for 5 min/),
              expect.stringMatching(/0 of 16 shards/),
              '1 dead letters are open',
            ],
          },
        ],
      },
    });
    expect((await bus('status', '--max-lag', '3600')).stdout).not.toContain('waited');
    await dataSource.query('DELETE FROM outbox');
    await dataSource.query('DELETE FROM dead_letter WHERE id = $1', [letter]);
  });

  it('prints the tables as SQL, and says which migrations have not run', async () => {
    const { stdout } = await bus('sql', '--service', GROUP);
    expect(stdout).toMatch(/^BEGIN;[^]*CREATE TABLE outbox [^]*COMMIT;\n$/);
    const empty = await createTestDatabase();
    const { code, stdout: shown } = await run(['status', '--database', `shop=${empty.url}`]);
    expect({ code, shown }).toEqual({
      code: 1,
      shown: expect.stringMatching(/✗ shop: \d+ migrations have not run: Create/),
    });
    await empty.drop();
  });

  it('is a program with results on stdout and an exit code', async () => {
    const shown = await runAsProcess(['topics', '--json', '--brokers', `127.0.0.1:${broker.port}`]);
    expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(shown.stdout)).toMatchObject({ topics: [{ topic: 'member' }] });
    expect(await runAsProcess(['topic'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('topics'),
    });
  });

  it('names every field that is not valid', async () => {
    const { code, stderr } = await bus('publish', 'member.signed-up', '--data', '{"memberId":"x","locale":"xx"}');
    expect(code).toBe(1);
    for (const field of ['memberId:', 'email:', 'name:', 'locale:', 'signedUpAt:']) expect(stderr).toContain(field);
  });

  it('follows new records, up to a limit', async () => {
    const following = bus('tail', 'member', '--follow', '--from', 'start', '--limit', '4', '--json');
    await busJson('publish', 'member.signed-up', '--example', '--key', 'another');
    const { code, stdout } = await following;
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(4);
  });

  it('shows the lag of a group in records and in seconds, and makes no group of its own', async () => {
    reader = kafka.consumer({ groupId: GROUP, maxWaitTimeInMs: 100 });
    await reader.connect();
    await reader.subscribe({ topic: 'member', fromBeginning: true });
    const first = Promise.withResolvers<void>();
    await reader.run({ autoCommit: false, eachMessage: async () => first.resolve() });
    await first.promise;
    const uncommitted = await busJson<{ groups: Array<{ partitions: object[] }> }>('groups', GROUP);
    expect(uncommitted.groups).toMatchObject([
      { lagRecords: '4', partitions: [{ committed: null }, { committed: null }] },
    ]);
    expect(await bus('groups', '--max-lag', '3')).toMatchObject({ code: 1 });
    // The other partition goes on without a committed offset, as one does that was added later.
    await reader.commitOffsets([{ topic: 'member', partition: 0, offset: '0' }]);

    const { groups } = await busJson<{ groups: Array<{ group: string; lagRecords: string; lagSeconds: number }> }>(
      'groups',
    );
    expect(groups).toMatchObject([{ group: GROUP, state: 'Stable', members: [{}], lagRecords: '4' }]);
    expect(groups[0]!.lagSeconds).toBeGreaterThan(0);
    expect(await bus('groups', '--max-lag', '3')).toMatchObject({ code: 1 });
  });

  it('counts records deleted before a group had read them, which are not lag', async () => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'deleted-early', numPartitions: 1 }] });
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: 'deleted-early', messages: [{ value: '0' }, { value: '1' }, { value: '2' }] });
    await producer.disconnect();
    const late = 'late-service';
    await commitOffset({ broker: `127.0.0.1:${broker.port}` }, late, 'deleted-early', { 0: 1 });
    // It deletes only of a topic whose offsets it has fetched.
    await admin.fetchTopicOffsets('deleted-early');
    await admin.deleteTopicRecords({ topic: 'deleted-early', partitions: [{ partition: 0, offset: '3' }] });

    const { groups } = await busJson<{ groups: object[] }>('groups', late);
    expect(groups).toMatchObject([
      {
        lagRecords: '0',
        skippedRecords: '2',
        partitions: [{ committed: '1', first: '3', next: '3', skippedRecords: '2' }],
      },
    ]);
    expect((await bus('groups', late)).stdout).toContain('no lag, 2 deleted before they were read');
    expect(await bus('groups', late)).toMatchObject({ code: 0 });
    expect(await bus('groups', late, '--max-lag', '1000')).toMatchObject({ code: 1 });
    await admin.deleteGroups([late]);
    await admin.deleteTopics({ topics: ['deleted-early'] });
    await admin.disconnect();
  });

  it('shows many groups that lag in the same partition, and ends', async () => {
    const lagging = Array.from({ length: 5 }, (_, n) => `lagging-${n}`);
    const address = `127.0.0.1:${broker.port}`;
    for (const group of lagging) await commitOffset({ broker: address }, group, 'member', { 0: 0 });
    // The process ends when each of its connections is closed.
    const { code, stdout } = await runAsProcess(['groups', ...lagging, '--json', '--brokers', address]);
    expect(code).toBe(0);
    const { groups } = JSON.parse(stdout) as { groups: Array<{ group: string; lagSeconds: number }> };
    expect(groups.map(({ group }) => group)).toEqual(lagging);
    for (const { lagSeconds } of groups) expect(lagSeconds).toBeGreaterThan(0);
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteGroups(lagging);
    await admin.disconnect();
  });

  it('refuses to move the offsets of a group that has members', async () => {
    const { code, stderr } = await bus('replay', '--group', GROUP, '--topic', 'member', '--from', 'start', '--live');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('has 1 member') });

    // Also when the member joins after the check: the broker itself rejects it.
    const cluster = clusterOf(kafka);
    await cluster.connect();
    const span = { topic: 'member', partition: 0, from: 1n, to: undefined };
    await expect(setOffsets(cluster, GROUP, [span])).rejects.toMatchObject({ exitCode: 1 });
    await cluster.disconnect();
  });

  it('reads past records, and shows what the inbox will skip', async () => {
    const { stdout } = await bus('tail', 'member', '--from', 'start', '--json');
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string });
    await dataSource.query(
      `INSERT INTO inbox_message (handler, event_id, state, topic, "partition", "offset")
       VALUES ('member.signed-up', $1, 'done', 'member', 0, 0)`,
      [records[0]!.id],
    );
    const looked = await busJson('replay', '--group', GROUP, '--topic', 'member', '--from', 'start');
    expect(looked).toMatchObject({ mode: 'look', changed: false, records: 4, skippedByInbox: 1, notDone: 3 });
  });

  it('delivers what is not in the inbox as parked records, and not what the group will read anyway', async () => {
    const before = await busJson('replay', '--group', GROUP, '--from', 'start', '--deliver');
    expect(before).toMatchObject({ mode: 'deliver', records: 0, delivered: 0 });

    await reader.commitOffsets([0, 1].map((partition) => ({ topic: 'member', partition, offset: '4' })));
    await reader.disconnect();

    const planned = await busJson('replay', '--group', GROUP, '--from', 'start', '--deliver', '--dry-run');
    expect(planned).toMatchObject({ changed: false, records: 4, notDone: 3, delivered: 0 });
    const delivered = await busJson('replay', '--group', GROUP, '--from', 'start', '--deliver', '--by', 'hana');
    expect(delivered).toMatchObject({ changed: true, skippedByInbox: 1, delivered: 3 });
    const rows = await dataSource.query('SELECT error FROM parked_record');
    expect(rows).toEqual(Array.from({ length: 3 }, () => ({ error: 'replayed by hana' })));
    const { parked } = await busJson<{ parked: Array<{ records: number }> }>('parked', 'list');
    expect(parked.reduce((sum, { records }) => sum + records, 0)).toBe(3);
    await dataSource.query('DELETE FROM parked_record');
  });

  it('sets the offsets of a stopped group', async () => {
    const live = await busJson('replay', '--group', GROUP, '--topic', 'member', '--from', 'start', '--live');
    expect(live).toMatchObject({ mode: 'live', changed: true, skippedByInbox: 1 });
    const { groups } = await busJson<{ groups: object[] }>('groups', GROUP);
    expect(groups).toMatchObject([{ state: 'Empty', lagRecords: '4' }]);
  });

  it('redrives an edited dead letter, and keeps who did it', async () => {
    const id = await giveUp(10);
    const wrong = await bus('dead', 'redrive', id, '--edit', '{"memberId":"x"}');
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('memberId:') });

    const file = join(folder, 'member.json');
    await writeFile(file, JSON.stringify(memberSignedUp.example));
    const redriven = await busJson('dead', 'redrive', id, '--edit', `@${file}`, '--by', 'hana');
    expect(redriven).toMatchObject({ redriven: [id], refused: [] });
    const shown = await busJson('dead', 'show', id);
    expect(shown).toMatchObject({
      deadLetter: { id, state: 'redriven', value: { memberId: 1 } },
      audit: [{ action: 'redrive', by: 'hana', detail: { edited: expect.any(String) } }],
    });
    const [parked] = await dataSource.query<Array<{ value: Buffer }>>('SELECT value FROM parked_record');
    expect(JSON.parse(parked!.value.toString())).toEqual(memberSignedUp.example);
    await dataSource.query('DELETE FROM parked_record');
  });

  it('counts before it acts, rejects endless redrives, and drops', async () => {
    const [fresh, looping] = [await giveUp(20), await giveUp(21, { redrives: 5, error: 'timed out' })];
    const planned = await busJson<{ services: object[] }>('dead', 'redrive', fresh, '--dry-run');
    expect(planned).toMatchObject({
      dryRun: true,
      services: [
        {
          counts: [{ event: 'member.signed-up', reason: 'permanent', letters: 1 }],
          errors: [{ error: '550 no such user', letters: 1 }],
        },
      ],
    });
    const { deadLetters } = await busJson<{ deadLetters: object[] }>('dead', 'list', '--error', 'TIMED');
    expect(deadLetters).toMatchObject([{ id: looping, state: 'open' }]);
    const ofGroup = async (group: string) => busJson<{ deadLetters: object[] }>('dead', 'list', '--group', group);
    expect((await ofGroup(GROUP)).deadLetters).toHaveLength(2);
    expect(await ofGroup('other')).toEqual({ deadLetters: [] });

    const refused = await bus('dead', 'redrive', '--error', 'timed out');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('redriven 5 times already') });
    expect(await busJson('dead', 'drop', fresh, looping)).toMatchObject({ dropped: [fresh, looping] });
    expect(await busJson('dead', 'list')).toEqual({ deadLetters: [] });
  });

  it('redrives a letter that is behind more rejected ones than an act looks at', async () => {
    for (let offset = 1_000; offset < 1_501; offset += 1) await giveUp(offset, { redrives: 5, error: 'many' });
    const behind = await giveUp(2_000, { error: 'many' });
    const { code, stdout } = await bus('dead', 'redrive', '--error', 'many', '--json');
    expect(code).toBe(1);
    const { redriven, refused, more } = JSON.parse(stdout) as { redriven: string[]; refused: string[]; more: boolean };
    expect({ redriven, refused: refused.length, more }).toEqual({ redriven: [behind], refused: 501, more: false });
    await dataSource.query('DELETE FROM parked_record');
    await dataSource.query('DELETE FROM dead_letter');
  });

  it('shows waiting and rejected rows of an outbox, and drops them with a record of who did it', async () => {
    const [row] = await dataSource.query<Array<{ seq: string; id: string }>>(
      `INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload, created_at, published_at)
       VALUES ('email', 'a', 'email.requested', 1, 'test', '{}', now() - interval '1 minute', NULL),
              ('email', 'a', 'email.requested', 1, 'test', '{}', now(), NULL),
              ('email', 'b', 'email.requested', 1, 'test', '{}', now(), NULL)
       RETURNING seq, id`,
    );
    const { seq, id } = row!;
    await dataSource.query(`INSERT INTO outbox_refusal (seq, refusal, error) VALUES ($1, 'record', 'too large')`, [
      seq,
    ]);
    const { code, stdout } = await bus('outbox', '--json');
    expect(code).toBe(1);
    const { outboxes } = JSON.parse(stdout) as { outboxes: Array<{ oldestSeconds: number }> };
    expect(outboxes).toMatchObject([
      {
        service: GROUP,
        rows: 3,
        rejected: 2,
        kinds: [{ topic: 'email' }],
        rejectedRows: [{ seq, eventId: id, key: 'a', error: 'too large' }],
      },
    ]);
    expect(outboxes[0]!.oldestSeconds).toBeGreaterThan(50);

    expect(await busJson('outbox', 'retry', id)).toMatchObject({ retried: 1 });
    expect(await busJson('outbox', 'drop', seq, '--dry-run')).toMatchObject({
      dryRun: true,
      dropped: 1,
      services: [{ rows: [{ eventId: id }] }],
    });
    expect(await busJson('outbox', 'drop', seq, '--by', 'hana')).toMatchObject({ dropped: 1, more: false });
    const audit = await dataSource.query('SELECT event_id, action, by_whom FROM outbox_audit ORDER BY id');
    expect(audit).toEqual([
      { event_id: id, action: 'retry', by_whom: expect.any(String) },
      { event_id: id, action: 'drop', by_whom: 'hana' },
    ]);
    expect(await bus('outbox', 'drop', '--all')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No rejected row matches'),
    });
    await dataSource.query('DELETE FROM outbox');
  });

  it.each([
    [3, ['topics', '--brokers', '127.0.0.1:1'], '--brokers'],
    [3, ['outbox', '--database', 'mail-service=postgres://u:secret@127.0.0.1:1/mail'], '127.0.0.1:1/mail'],
    [2, ['topics', '--colour'], '--colour'],
    [2, ['replay', '--group', 'mail-service'], '--from'],
    [2, ['outbox', 'drop'], '--all'],
    [2, ['outbox', 'retry', 'mail'], 'seq or event id'],
  ])('ends with %i for %j', async (exitCode, words, named) => {
    const { code, stdout, stderr } = await run([...words, '--stack', folder]);
    expect({ code, stdout, stderr }).toEqual({ code: exitCode, stdout: '', stderr: expect.stringContaining(named) });
    expect(stderr).not.toContain('secret');
  });

  describe('on a topic with all codecs and a damaged batch', () => {
    const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
    const TOPIC = 'codecs';
    const SKIPPED = 'codecs/0: the batch from offset 10 to 12 cannot be decoded (its checksum is wrong), skipped';

    beforeAll(async () => {
      const [address, topic] = [`127.0.0.1:${broker.port}`, TOPIC];
      const admin = kafka.admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
      await admin.disconnect();
      const producer = new Producer({ clientId: 'test', bootstrapBrokers: [address] });
      const send = async (compression: (typeof CODECS)[number], note: string): Promise<unknown> => {
        const values = [`${note} `.repeat(100), note];
        const messages = values.map((value) => ({ topic, partition: 0, value: Buffer.from(value) }));
        return producer.send({ compression, messages });
      };
      for (const codec of CODECS) await send(codec, codec);
      const dataFolder = join(folder, 'broker');
      await putUndecodableBatch({ broker: address, dataFolder, topic, partition: 0, damage: 'a wrong checksum' });
      await send('none', 'behind it');
      await producer.close();
    });

    it('tail shows the records of each codec, and says which offsets it skips', async () => {
      const { code, stdout, stderr } = await bus('tail', TOPIC, '--from', 'start', '--json');
      const documents = stdout.trim().split('\n');
      const values = documents.map((line) => (JSON.parse(line) as { value: string }).value);
      expect(values).toEqual([...CODECS, 'behind it'].flatMap((note) => [`${note} `.repeat(100), note]));
      expect({ code, stderr }).toEqual({ code: 0, stderr: `${SKIPPED}\n` });
    });

    it('replay counts the records of each codec, and says which offsets it skips', async () => {
      const { code, stdout, stderr } = await bus('replay', '--group', GROUP, '--topic', TOPIC, '--from', '1', '--json');
      expect(JSON.parse(stdout)).toMatchObject({ records: 11, undecodableBatches: 1 });
      expect({ code, stderr }).toEqual({ code: 0, stderr: `${SKIPPED}\n` });
    });

    it('replay says nothing of a damaged batch behind its range', async () => {
      const range = ['--topic', TOPIC, '--from', '8', '--to', '10'];
      const looked = await bus('replay', '--group', GROUP, ...range, '--print');
      expect(looked).toMatchObject({ code: 0, stderr: expect.not.stringContaining('cannot be decoded') });
      expect(looked.stdout.trim().split('\n')).toHaveLength(2);
    });
  });

  it('never creates a topic by reading it', async () => {
    expect(await bus('tail', 'nothing')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no topic nothing'),
    });
    const { topics } = await busJson<{ topics: Array<{ topic: string }> }>('topics');
    expect(topics.map(({ topic }) => topic)).not.toContain('nothing');
  });
});
