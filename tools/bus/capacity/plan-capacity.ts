import { PUBLISHED_ROWS_KEPT_MS, INBOX_MARGIN_MS } from '../../../packages/messaging-client/src/limits.ts';
import { OUTBOX_SHARDS } from '../../../packages/messaging-client/src/outbox/outbox-table.ts';
import { DATABASE_CONNECTIONS_MAX } from '../../../packages/service-kit/src/limits.ts';
import { SMTP_CONNECTIONS_PER_INSTANCE } from './costs.ts';
import type { Costs, StepCost } from './costs.ts';
import { connectionMs, mailsOfOneInstance } from './predict-mails.ts';

export interface Load {
  readonly signUpsPerSecond: number;
  readonly mailsPerSignUp: number;
  /** Of the topics. */
  readonly keepMs: number;
  /** What the mail server takes to accept a mail. */
  readonly mailServerMs: number;
  readonly replicas: number;
  /** Of the machine of one database. */
  readonly databaseCores: number;
}

export interface StepLoad {
  readonly step: 'commit' | 'relay' | 'copy' | 'mail';
  readonly perSecond: number;
  readonly serviceCores: number;
  readonly databaseCores: number;
  readonly brokerCores: number;
  readonly walBytesPerSecond: number;
  readonly transactionsPerSecond: number;
}

export interface Need {
  readonly what: string;
  readonly amount: number;
  readonly unit: 'count' | 'bytes' | 'bytes/s' | 'bytes/day';
  readonly why: string;
}

/** Where one of a kind is no longer enough. */
export interface Limit {
  readonly what: string;
  readonly signUpsPerSecond: number;
  readonly remedy: string;
}

export interface Plan {
  readonly steps: readonly StepLoad[];
  readonly needs: readonly Need[];
  /** What breaks first comes first. */
  readonly limits: readonly Limit[];
}

/** A resource that is busier than this answers late, and has no room for a restart of its neighbour. */
export const BUSY_MAX = 0.6;

/** One primary, with its replica and its archive on the same network. */
const WAL_BYTES_PER_SECOND_MAX = 100 * 1_000_000;
const BROKER_NETWORK_BYTES_PER_SECOND = 10e9 / 8;
const BROKER_DISK_BYTES = 8e12;

/** One for rolling updates beside the one that works. */
const INSTANCES_MIN = 2;
/** Adding partitions later takes a stop of the publishers (ADR 0017): room for twice the instances. */
const PARTITIONS_PER_INSTANCE = 2;
const PARTITIONS_MIN = 6;
/** That read sign-ups: mail-service and order-service. */
const GROUPS = 2;
/** Beside its pool each instance has a session of its own. */
const CONNECTIONS_PER_INSTANCE = DATABASE_CONNECTIONS_MAX + 1;

const DAY_MS = 24 * 60 * 60 * 1_000;
/** `MAIL_KEPT_MS` of mail-service. */
const LEDGER_KEPT_MS = 365 * DAY_MS;

/** What a load needs, by the costs of its steps: pure arithmetic, linear in the load. */
export function planCapacity(costs: Costs, load: Load): Plan {
  const signUps = load.signUpsPerSecond;
  const mails = signUps * load.mailsPerSignUp;
  const steps = {
    commit: stepLoad('commit', costs.commit, signUps),
    relay: stepLoad('relay', costs.relay, signUps),
    copy: stepLoad('copy', costs.copy, signUps),
    mail: stepLoad('mail', costs.mail, mails),
  };
  const busyMs = connectionMs(costs, load.mailServerMs);
  const connections = Math.ceil((mails * busyMs) / 1_000 / BUSY_MAX);
  const instances = {
    'member-service': instancesFor(steps.commit.serviceCores + steps.relay.serviceCores),
    'order-service': instancesFor(steps.copy.serviceCores),
    'mail-service': mails === 0 ? 0 : Math.max(INSTANCES_MIN, Math.ceil(connections / SMTP_CONNECTIONS_PER_INSTANCE)),
  };
  const consumers = Math.max(instances['mail-service'], instances['order-service']);
  const partitions = Math.max(PARTITIONS_MIN, PARTITIONS_PER_INSTANCE * consumers);
  const limits = limitsOf(costs, load, partitions);
  return {
    steps: Object.values(steps),
    needs: [
      ...Object.entries(instances).map(([what, amount]) => count(`${what} instances`, amount, whyInstances(what))),
      count(
        'partitions of a topic',
        partitions,
        `${PARTITIONS_PER_INSTANCE} for each instance of the larger group, so that it can double`,
      ),
      count('SMTP connections', connections, `each is busy for ${text(busyMs)} ms a mail`),
      ...databaseNeeds(costs, load, steps, instances),
      ...brokerNeeds(costs, load, steps),
    ],
    limits,
  };
}

function whyInstances(service: string): string {
  if (service === 'member-service') return 'requests and relay; one thread each';
  return service === 'mail-service' ? `${SMTP_CONNECTIONS_PER_INSTANCE} SMTP connections each` : 'its thread';
}

function stepLoad(step: StepLoad['step'], cost: StepCost, perSecond: number): StepLoad {
  return {
    step,
    perSecond,
    serviceCores: (perSecond * cost.serviceCpuUs) / 1e6,
    databaseCores: (perSecond * cost.databaseCpuUs) / 1e6,
    brokerCores: (perSecond * cost.brokerCpuUs) / 1e6,
    walBytesPerSecond: perSecond * cost.walBytes,
    transactionsPerSecond: perSecond * cost.transactions,
  };
}

function instancesFor(cores: number): number {
  return Math.max(INSTANCES_MIN, Math.ceil(cores / BUSY_MAX));
}

function databaseNeeds(
  { rowBytes }: Costs,
  load: Load,
  steps: Readonly<Record<StepLoad['step'], StepLoad>>,
  instances: Readonly<Record<string, number>>,
): Need[] {
  const days = (ms: number): number => ms / DAY_MS;
  const perDay = (events: StepLoad, table: string): number => events.perSecond * 86_400 * (rowBytes[table] ?? 0);
  const inboxDays = days(load.keepMs + INBOX_MARGIN_MS);
  const outboxDays = days(PUBLISHED_ROWS_KEPT_MS);
  const databases = [
    {
      service: 'member-service',
      of: [steps.commit, steps.relay],
      kept: outboxDays * perDay(steps.commit, 'member-service: outbox'),
      growth: perDay(steps.commit, 'member-service: member'),
      why: 'a day of published rows; members stay',
    },
    {
      service: 'order-service',
      of: [steps.copy],
      kept: inboxDays * perDay(steps.copy, 'order-service: inbox_message'),
      growth: perDay(steps.copy, 'order-service: customer'),
      why: `inbox for ${text(inboxDays)} days; customers stay`,
    },
    {
      service: 'mail-service',
      of: [steps.mail],
      kept:
        outboxDays * perDay(steps.mail, 'mail-service: outbox') +
        inboxDays * perDay(steps.mail, 'mail-service: inbox_message') +
        days(LEDGER_KEPT_MS) * perDay(steps.mail, 'mail-service: mail'),
      growth: 0,
      why: `ledger for ${days(LEDGER_KEPT_MS)} days, inbox for ${text(inboxDays)}`,
    },
  ];
  return databases.flatMap(({ service, of, kept, growth, why }) => {
    const cores = sum(of.map(({ databaseCores }) => databaseCores));
    const wal = sum(of.map(({ walBytesPerSecond }) => walBytesPerSecond));
    const shards = Math.ceil(
      Math.max(cores / (load.databaseCores * BUSY_MAX), wal / (WAL_BYTES_PER_SECOND_MAX * BUSY_MAX)),
    );
    const transactions = Math.round(sum(of.map(({ transactionsPerSecond }) => transactionsPerSecond)));
    const name = `${service}: `;
    return [
      count(
        `${name}databases`,
        Math.max(1, shards),
        `${text(cores)} cores, ${transactions.toLocaleString('en')} writing transactions/s`,
      ),
      count(
        `${name}connections`,
        (instances[service] ?? 0) * CONNECTIONS_PER_INSTANCE,
        `${CONNECTIONS_PER_INSTANCE} for each instance, over all databases`,
      ),
      { what: `${name}WAL`, amount: wal, unit: 'bytes/s', why: 'to be synced, replicated and archived' },
      { what: `${name}disk`, amount: kept, unit: 'bytes', why },
      ...(growth === 0
        ? []
        : [{ what: `${name}growth`, amount: growth, unit: 'bytes/day', why: 'what has no expiry' } as const]),
    ];
  });
}

function brokerNeeds(costs: Costs, load: Load, steps: Readonly<Record<StepLoad['step'], StepLoad>>): Need[] {
  const { written, read } = brokerTraffic(costs, load, load.signUpsPerSecond);
  const stored = written * (load.keepMs / 1_000) * load.replicas;
  const network = written * load.replicas + read;
  const cores = sum(Object.values(steps).map(({ brokerCores }) => brokerCores));
  const brokers = Math.max(
    load.replicas,
    Math.ceil(network / (BROKER_NETWORK_BYTES_PER_SECOND * BUSY_MAX)),
    Math.ceil(stored / (BROKER_DISK_BYTES * BUSY_MAX)),
  );
  return [
    count('brokers', brokers, `${load.replicas} replicas; ${text(cores)} cores as log-broker measures them`),
    { what: 'broker disk, all', amount: stored, unit: 'bytes', why: `${load.replicas} replicas, without compression` },
    {
      what: 'broker network, in',
      amount: written * load.replicas,
      unit: 'bytes/s',
      why: 'from the relay, and between replicas',
    },
    {
      what: 'broker network, out',
      amount: read + written * (load.replicas - 1),
      unit: 'bytes/s',
      why: `${GROUPS} groups, and between replicas`,
    },
  ];
}

/** Sign-ups, and what mail-service publishes about each mail; records of both are about as large. */
function brokerTraffic(
  { recordBytes }: Costs,
  { mailsPerSignUp }: Load,
  signUps: number,
): { written: number; read: number } {
  return { written: signUps * (1 + mailsPerSignUp) * recordBytes, read: signUps * GROUPS * recordBytes };
}

function limitsOf(costs: Costs, load: Load, partitions: number): Limit[] {
  const { mailsPerSignUp, databaseCores } = load;
  const oneDatabase = (service: string, of: readonly StepCost[], eventsPerSignUp: number, remedy: string): Limit[] => {
    const cpuUs = sum(of.map((step) => step.databaseCpuUs)) * eventsPerSignUp;
    const wal = sum(of.map(({ walBytes }) => walBytes)) * eventsPerSignUp;
    return [
      {
        what: `processor of ${service}'s database`,
        signUpsPerSecond: (databaseCores * BUSY_MAX * 1e6) / cpuUs,
        remedy,
      },
      { what: `WAL of ${service}'s database`, signUpsPerSecond: (WAL_BYTES_PER_SECOND_MAX * BUSY_MAX) / wal, remedy },
    ];
  };
  const { written, read } = brokerTraffic(costs, load, 1);
  const limits: Limit[] = [
    ...oneDatabase(
      'member-service',
      [costs.commit, costs.relay],
      1,
      'shard it by member id, each shard with its own outbox',
    ),
    ...oneDatabase('order-service', [costs.copy], 1, 'shard it by customer'),
    ...oneDatabase('mail-service', [costs.mail], mailsPerSignUp, 'one group and database for each range of keys'),
    {
      what: `relay: ${OUTBOX_SHARDS} shards of one outbox`,
      signUpsPerSecond: (OUTBOX_SHARDS * BUSY_MAX * 1e6) / costs.relay.serviceCpuUs,
      remedy: 'more databases, each with its own outbox',
    },
    {
      what: `${partitions.toLocaleString('en')} partitions, an instance each`,
      signUpsPerSecond: (partitions * mailsOfOneInstance(costs, load.mailServerMs) * BUSY_MAX) / mailsPerSignUp,
      remedy: 'more partitions, planned before they are needed',
    },
    {
      what: `network of ${load.replicas} brokers`,
      signUpsPerSecond: (load.replicas * BROKER_NETWORK_BYTES_PER_SECOND * BUSY_MAX) / (written * load.replicas + read),
      remedy: 'more brokers, and compression',
    },
  ];
  return limits
    .filter(({ signUpsPerSecond }) => Number.isFinite(signUpsPerSecond))
    .toSorted((a, b) => a.signUpsPerSecond - b.signUpsPerSecond);
}

function count(what: string, amount: number, why: string): Need {
  return { what, amount, unit: 'count', why };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}

function text(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en');
}
