import {
  AUTHENTICATION_TIMEOUT_MS,
  COMPACTION_CHECK_INTERVAL_MS,
  CONNECTIONS_MAX,
  OFFSETS_RETENTION_MS,
  OFFSETS_SEGMENT_BYTES,
  RETENTION_CHECK_INTERVAL_MS,
  SESSION_TIMEOUT_MIN_MS,
  STALLED_CLIENT_MS,
  TLS_RELOAD_INTERVAL_MS,
} from './limits.ts';
import type { FlushPolicy } from './log/flush-policy.ts';
import { DEFAULT_LOG_CONFIG } from './log/log-config.ts';
import type { LogConfig } from './log/log-config.ts';
import { silentLogger } from './observe/logger.ts';
import type { Logger } from './observe/logger.ts';
import { diskFileSystem } from './storage/disk.ts';
import type { FileSystem } from './storage/file-system.ts';
import { SASL_MECHANISMS } from './security/logins.ts';
import type { SaslMechanism } from './security/logins.ts';
import { MemoryFileSystem } from './storage/memory-with-faults.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export const SECURITY_PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;

/** Kafka's names: SSL encrypts with TLS, SASL requires a login. */
export type SecurityProtocol = (typeof SECURITY_PROTOCOLS)[number];

/** PEM files of a listener with TLS. They are read again when they change. */
export interface TlsFiles {
  /** The certificate of the broker, followed by those of intermediate authorities. */
  readonly certFile: string;
  readonly keyFile: string;
  /** The authorities that sign the certificates of clients (mutual TLS). Clients need no certificate unless it is set. */
  readonly caFile?: string | undefined;
  /** With `caFile`: whether a client without a certificate is refused (`required`, the default) or is User:ANONYMOUS. */
  readonly clientAuth?: 'required' | 'requested' | undefined;
}

/** An address that the broker listens on, and how clients connect to it there. */
export interface Listener extends Address {
  /** The address that clients of this listener connect to; that of the listener unless set. */
  readonly advertise?: Address | undefined;
  /** PLAINTEXT unless set. */
  readonly security?: SecurityProtocol | undefined;
  /** For SSL and SASL_SSL. */
  readonly tls?: TlsFiles | undefined;
}

export function requiresLogin({ security = 'PLAINTEXT' }: Listener): boolean {
  return security === 'SASL_PLAINTEXT' || security === 'SASL_SSL';
}

export function usesTls({ security = 'PLAINTEXT' }: Listener): boolean {
  return security === 'SSL' || security === 'SASL_SSL';
}

export function addressText({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** A record that a topic begins with. Texts are UTF-8; null and undefined are Kafka's null. */
export interface SeededRecord {
  readonly key?: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  /** 0 unless set: a key does not choose the partition here, as it does in clients. */
  readonly partition?: number;
  /** Milliseconds since 1970; now unless set. */
  readonly timestamp?: number;
}

/** A topic that exists when the broker has started, and after each `reset()`. */
export interface SeededTopic {
  /** `defaultPartitions` unless set. */
  readonly partitions?: number;
  /** Settings by Kafka's names, such as `{ 'retention.ms': '1000' }`. */
  readonly configs?: Readonly<Record<string, string>>;
  readonly records?: readonly SeededRecord[];
}

/** All options of a broker, with their defaults filled in; `BrokerSettings` are those that are given. */
export interface BrokerOptions {
  /** Addresses to listen on. Port 0 takes a free one. */
  readonly listeners: readonly Listener[];
  /** Address of `/health` and `/metrics`; none are served unless set. */
  readonly health: Address | undefined;
  /** Folder for all data. */
  readonly data: string;
  readonly nodeId: number;
  /** Create a missing topic when a client requests its metadata, as Kafka does. */
  readonly autoCreateTopics: boolean;
  /** Partitions of a topic that is created without a number of them. */
  readonly defaultPartitions: number;
  readonly flush: FlushPolicy;
  /** Milliseconds between syncs with `flush: 'interval'`. */
  readonly flushIntervalMs: number;
  /** Milliseconds between checks for expired records. */
  readonly retentionCheckIntervalMs: number;
  /** Milliseconds between checks for logs to compact. */
  readonly compactionCheckIntervalMs: number;
  /** Size at which the log of committed offsets is compacted, in bytes. */
  readonly offsetsSegmentBytes: number;
  /** How long a group without members keeps its committed offsets, in milliseconds. */
  readonly offsetsRetentionMs: number;
  /** How long the first rebalance of a group waits for more members, in milliseconds. Kafka waits 3,000. */
  readonly groupInitialRebalanceDelayMs: number;
  /** Shortest session time-out that a group member may request, in milliseconds. */
  readonly sessionTimeoutMinMs: number;
  /** Open connections; further ones are closed at once. */
  readonly maxConnections: number;
  /** A client that reads nothing of its answer, or sends nothing of the rest of its request, is disconnected after this time. */
  readonly stalledClientMs: number;
  /** A client that has not finished its TLS handshake and its login is disconnected after this time, in milliseconds. */
  readonly authenticationTimeoutMs: number;
  /** How clients of SASL listeners may log in. */
  readonly saslMechanisms: readonly SaslMechanism[];
  /** Principals that access control entries do not restrict, such as `User:admin`. */
  readonly superUsers: readonly string[];
  /** Names and passwords of users to store at the start, beside those that are stored already. For tests. */
  readonly users: Readonly<Record<string, string>>;
  /** Milliseconds between checks whether the TLS files have changed. */
  readonly tlsReloadIntervalMs: number;
  /** Accept a replication factor above one as one, instead of an error. */
  readonly clampReplicationFactor: boolean;
  /** For topics without settings of their own. */
  readonly topicDefaults: LogConfig;
  /** Topics to create at the start where they are missing, and to restore by `reset()`, by name. `topics` of `startBroker`. */
  readonly seededTopics: Readonly<Record<string, SeededTopic>>;
  readonly files: FileSystem;
  readonly logger: Logger;
}

/** Options of `startBroker`; each has a default. Without `data` and `files` everything is kept in memory. */
export type BrokerSettings = Partial<Omit<BrokerOptions, 'listeners' | 'topicDefaults' | 'seededTopics'>> & {
  /** One listener or several. */
  readonly listen?: Partial<Listener> | ReadonlyArray<Partial<Listener>>;
  readonly topicDefaults?: Partial<LogConfig>;
  /** Topics that exist from the start, with their records, by name. `reset()` restores them. */
  readonly topics?: Readonly<Record<string, SeededTopic>>;
};

export function withDefaults(settings: BrokerSettings): BrokerOptions {
  const { listen, topicDefaults, topics, ...rest } = settings;
  return {
    health: undefined,
    nodeId: 1,
    autoCreateTopics: true,
    defaultPartitions: 1,
    flush: 'interval',
    flushIntervalMs: 1_000,
    retentionCheckIntervalMs: RETENTION_CHECK_INTERVAL_MS,
    compactionCheckIntervalMs: COMPACTION_CHECK_INTERVAL_MS,
    offsetsSegmentBytes: OFFSETS_SEGMENT_BYTES,
    offsetsRetentionMs: OFFSETS_RETENTION_MS,
    groupInitialRebalanceDelayMs: 0,
    sessionTimeoutMinMs: SESSION_TIMEOUT_MIN_MS,
    maxConnections: CONNECTIONS_MAX,
    stalledClientMs: STALLED_CLIENT_MS,
    authenticationTimeoutMs: AUTHENTICATION_TIMEOUT_MS,
    saslMechanisms: SASL_MECHANISMS,
    superUsers: [],
    users: {},
    tlsReloadIntervalMs: TLS_RELOAD_INTERVAL_MS,
    clampReplicationFactor: false,
    data: '/data',
    files: settings.files ?? (settings.data === undefined ? new MemoryFileSystem() : diskFileSystem()),
    logger: silentLogger,
    ...rest,
    listeners: [listen ?? {}].flat().map((listener) => ({ host: '127.0.0.1', port: 9092, ...listener })),
    topicDefaults: { ...DEFAULT_LOG_CONFIG, ...topicDefaults },
    seededTopics: topics ?? {},
  };
}
