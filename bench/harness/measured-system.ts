import pg from 'pg';
import { randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { Stack } from '../../tools/stack/start-stack.ts';
import { until } from '../../tools/test-kit/until.ts';
import type { BenchContext, Sample } from './bench.ts';
import { MailSink } from './mail-sink.ts';
import { familyCpuMs, idleCpuMs } from './processes-cpu.ts';
import { kafkaAt, MAIL_GROUP, SIGN_UP_TOPIC, skipBacklog, writeSignUps } from './sign-up-backlog.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MAIL_SERVICES = [MAIL_GROUP, `${MAIL_GROUP}-2`, `${MAIL_GROUP}-3`];
const SIGN_UPS_AT_ONCE = 16;
const PATIENCE_MS = 120_000;
const WARM_UP_MAILS = 200;

/** The tables that grow with each event, by the service whose database they are in. */
const TABLES = [
  ['member-service', 'member'],
  ['member-service', 'outbox'],
  ['order-service', 'customer'],
  ['order-service', 'inbox_message'],
  ['mail-service', 'mail'],
  ['mail-service', 'inbox_message'],
  ['mail-service', 'outbox'],
] as const;

/** The stack of `npm start`, of which one step at a time is made to work, and what that step uses. */
export class MeasuredSystem {
  readonly #stack: Stack;
  readonly #sinks: ReadonlyMap<number, MailSink>;
  readonly #brokerFolder: string;
  #sink: MailSink;

  static async start(context: BenchContext, answersAfterMs: readonly number[]): Promise<MeasuredSystem> {
    const sinks = new Map<number, MailSink>();
    for (const answerAfterMs of answersAfterMs) {
      const sink = await MailSink.start(answerAfterMs);
      context.atEnd(() => sink.stop());
      sinks.set(answerAfterMs, sink);
    }
    const system = new MeasuredSystem(context, sinks);
    await system.#stack.start();
    for (const id of ['2', '3']) await system.#stack.addInstance(MAIL_GROUP, id);
    return system;
  }

  private constructor(context: BenchContext, sinks: ReadonlyMap<number, MailSink>) {
    this.#sinks = sinks;
    this.#sink = [...sinks.values()][0]!;
    const folder = temporaryFolder();
    this.#brokerFolder = join(folder.path, 'log-broker');
    this.#stack = new Stack({
      dataFolder: folder.path,
      ports: 'free',
      leaveOut: ['maildev'],
      serviceEnv: { LOG_LEVEL: 'error', KAFKA_DRIVER: context.drivers[0] },
      partEnv: (part): Record<string, string> => (part.startsWith(MAIL_GROUP) ? { SMTP_URL: this.#sink.url } : {}),
    });
    context.atEnd(async () => {
      await this.#stack.stop();
      folder.remove();
    });
  }

  /** Each step by itself: commits while the broker is stopped, the relay of what waits then, order-service's copy of it. */
  async steps(signUps: number): Promise<Record<'commit' | 'relay' | 'copy', Sample>> {
    const stack = this.#stack;
    await this.startMailServices(0);
    await stack.part('order-service').stop();
    const before = await this.#recordsWritten();
    await stack.part('log-broker').stop();
    const url = stack.url('member-service');
    await signUp(url, WARM_UP_MAILS);
    const commit = await this.#costOf(signUps, ['member-service'], async () => signUp(url, signUps));

    const bytesBefore = bytesIn(this.#brokerFolder);
    await stack.part('log-broker').start();
    const waiting = signUps + WARM_UP_MAILS;
    const relay = await this.#costOf(waiting, ['member-service', 'log-broker'], async () =>
      until('what waited is published', async () => (await this.#recordsWritten()) >= before + waiting, PATIENCE_MS),
    );
    const record = (bytesIn(this.#brokerFolder) - bytesBefore) / waiting;

    await skipBacklog(stack.brokerAddress, 'order-service');
    await stack.part('order-service').start();
    const copy = await this.#costOf(signUps, ['order-service', 'log-broker'], async () => {
      await writeSignUps(stack.brokerAddress, signUps);
      await until('order-service has copied all', async () => (await this.#lag('order-service')) === 0, PATIENCE_MS);
    });
    await stack.part('order-service').stop();
    return { commit, relay: { ...relay, record }, copy };
  }

  /** The topic of sign-ups with another number of partitions, and nothing in it. */
  async recreateTopic(partitions: number): Promise<void> {
    await this.startMailServices(0);
    await this.#withAdmin(async (admin) => {
      await admin.deleteTopics({ topics: [SIGN_UP_TOPIC] });
      await until('the topic is deleted', async () => !(await admin.listTopics()).includes(SIGN_UP_TOPIC));
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic: SIGN_UP_TOPIC, numPartitions: partitions }] });
    });
    await skipBacklog(this.#stack.brokerAddress);
  }

  /** Which of the mail servers the next mail-service sends to. */
  mailInto(answerAfterMs: number): void {
    this.#sink = this.#sinks.get(answerAfterMs)!;
  }

  /** So many run, and share the partitions. */
  async startMailServices(instances: number): Promise<void> {
    for (const name of MAIL_SERVICES.slice(instances)) await this.#stack.part(name).stop();
    for (const name of MAIL_SERVICES.slice(0, instances)) await this.#stack.part(name).start();
    if (instances === 0) return;
    await this.#withAdmin(async (admin) =>
      until(
        `${instances} share the partitions`,
        async () => {
          const [group] = (await admin.describeGroups([MAIL_GROUP])).groups;
          return group!.state === 'Stable' && group!.members.length === instances;
        },
        PATIENCE_MS,
      ),
    );
  }

  /** A backlog comes at once; from its first mail to its last. */
  async mails(count: number, instances: number): Promise<Sample> {
    await writeSignUps(this.#stack.brokerAddress, WARM_UP_MAILS);
    await this.#sink.receives(WARM_UP_MAILS, PATIENCE_MS);
    let rate = 0;
    const cost = await this.#costOf(count, [...MAIL_SERVICES.slice(0, instances), 'log-broker'], async () => {
      const [mails] = await Promise.all([
        this.#sink.receives(count, PATIENCE_MS),
        writeSignUps(this.#stack.brokerAddress, count),
      ]);
      if (mails.length < count) throw new Error(`${count - mails.length} of ${count} mails did not come`);
      const times = mails.map(({ at }) => at).toSorted((a, b) => a - b);
      rate = ((count - 1) * 1_000) / (times.at(-1)! - times[0]!);
    });
    return { ...cost, rate };
  }

  /** What a row takes on the disk, with its indexes. */
  async rowBytes(): Promise<Sample> {
    const sizes: Record<string, number> = {};
    for (const [service, table] of TABLES) {
      const { bytes } = await this.#query<{ bytes: number }>(
        service,
        `SELECT (pg_total_relation_size('${table}') / greatest(1, (SELECT count(*) FROM ${table})))::float AS bytes`,
      );
      sizes[`${service}: ${table}`] = bytes;
    }
    return sizes;
  }

  /** CPU of PostgreSQL, of the mail server and of the parts, WAL and transactions, for each of so many events. */
  async #costOf(
    events: number,
    parts: readonly string[],
    work: () => Promise<unknown>,
  ): Promise<Record<string, number>> {
    const look = async (): Promise<Record<string, number>> => {
      const cpu: Record<string, number> = {};
      // Instances of one service are one figure.
      for (const part of ['postgres', ...parts]) {
        const name = `${part.replace(/-\d$/, '')} CPU`;
        cpu[name] = (cpu[name] ?? 0) + familyCpuMs(this.#stack.part(part).pid!);
      }
      cpu['mail server CPU'] = familyCpuMs(this.#sink.pid);
      const database = await this.#query<{ wal: number; transactions: number }>(
        'mail-service',
        `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float AS wal,
                pg_snapshot_xmax(pg_current_snapshot())::text::float AS transactions`,
      );
      return { ...cpu, ...database };
    };
    const idleBefore = idleCpuMs();
    const startedAt = performance.now();
    const before = await look();
    await work();
    const elapsed = performance.now() - startedAt;
    const idle = idleCpuMs() - idleBefore;
    const after = await look();
    const cost: Record<string, number> = {};
    let used = 0;
    for (const [name, value] of Object.entries(after)) {
      const difference = value - (before[name] ?? 0);
      if (name.endsWith(' CPU')) used += difference;
      cost[name] = (name.endsWith(' CPU') ? difference * 1_000 : difference) / events;
    }
    return { ...cost, cores: (used + idle) / elapsed, rate: (events * 1_000) / elapsed };
  }

  async #recordsWritten(): Promise<number> {
    return this.#withAdmin(async (admin) => {
      const ends = await admin.fetchTopicOffsets(SIGN_UP_TOPIC);
      return ends.reduce((sum, { high }) => sum + Number(high), 0);
    });
  }

  async #lag(groupId: string): Promise<number> {
    return this.#withAdmin(async (admin) => {
      const ends = await admin.fetchTopicOffsets(SIGN_UP_TOPIC);
      const [committed] = await admin.fetchOffsets({ groupId, topics: [SIGN_UP_TOPIC] });
      const at = new Map(
        committed!.partitions.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]),
      );
      return ends.reduce((sum, { partition, high }) => sum + Number(high) - (at.get(partition) ?? 0), 0);
    });
  }

  async #withAdmin<Result>(act: (admin: Admin) => Promise<Result>): Promise<Result> {
    const admin = kafkaAt(this.#stack.brokerAddress).admin();
    await admin.connect();
    try {
      return await act(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async #query<Row>(service: string, sql: string): Promise<Row> {
    const client = new pg.Client({ connectionString: this.#stack.databaseUrl(service) });
    await client.connect();
    try {
      return (await client.query(sql)).rows[0] as Row;
    } finally {
      await client.end();
    }
  }
}

/** Each its own member, some at once, as many as the service answers. */
async function signUp(url: string, count: number): Promise<void> {
  const run = randomUUID().slice(0, 8);
  let next = 0;
  const signUpInTurn = async (): Promise<void> => {
    while (next < count) {
      const email = `member-${run}-${next++}@example.com`;
      const response = await fetch(`${url}/members`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, name: '김지민', locale: 'ko' }),
      });
      if (response.status !== 201) throw new Error(`sign-up was answered ${response.status}: ${await response.text()}`);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: SIGN_UPS_AT_ONCE }, signUpInTurn));
}

/** Of the records of sign-ups. */
function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => new RegExp(`(^|/)${SIGN_UP_TOPIC}-\\d+/[^/]*\\.log$`).test(path))
    .reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
}
