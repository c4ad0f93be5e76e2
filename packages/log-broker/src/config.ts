import {
  CONNECTIONS_MAX,
  OFFSETS_RETENTION_MS,
  OFFSETS_SEGMENT_BYTES,
  RETENTION_CHECK_INTERVAL_MS,
  SESSION_TIMEOUT_MIN_MS,
  STALLED_CLIENT_MS,
} from './limits.ts';
import type { FlushPolicy } from './log/flush-policy.ts';
import { DEFAULT_LOG_CONFIG } from './log/log-config.ts';
import type { LogConfig } from './log/log-config.ts';
import { silentLogger } from './observe/logger.ts';
import type { Logger } from './observe/logger.ts';
import { diskFileSystem } from './storage/disk.ts';
import type { FileSystem } from './storage/file-system.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Listener extends Address {
  /** Where clients that came to this listener are told to connect; to this listener unless set. */
  readonly advertise?: Address | undefined;
}

export function addressText({ host, port }: Address): string {
  return `${host}:${port}`;
}

export interface BrokerOptions {
  /** Addresses to listen on. Port 0 takes a free one. */
  readonly listeners: readonly Listener[];
  /** Address of `/health` and `/metrics`; none are served unless set. */
  readonly health: Address | undefined;
  /** Folder that holds everything. */
  readonly data: string;
  readonly nodeId: number;
  /** Create a topic when a client asks for its metadata or, as Kafka does, nobody made it before. */
  readonly autoCreateTopics: boolean;
  /** Partitions of a topic created without a number. */
  readonly defaultPartitions: number;
  readonly flush: FlushPolicy;
  /** Milliseconds between syncs with `flush: 'interval'`. */
  readonly flushIntervalMs: number;
  /** Milliseconds between looks for records whose retention is over. */
  readonly retentionCheckIntervalMs: number;
  /** Size at which the log of committed offsets is written anew without what no longer counts. */
  readonly offsetsSegmentBytes: number;
  /** How long a group without members keeps its committed offsets, in milliseconds. */
  readonly offsetsRetentionMs: number;
  /** How long the first rebalance of a group waits for more members, in milliseconds. Kafka waits 3,000. */
  readonly groupInitialRebalanceDelayMs: number;
  /** Shortest session time-out a group member may ask for, in milliseconds. */
  readonly sessionTimeoutMinMs: number;
  /** Connections at once; more are closed as they come. */
  readonly maxConnections: number;
  /** A client that takes nothing of its answer, or sends nothing of the rest of its request, for so long is closed. */
  readonly stalledClientMs: number;
  /** Answer a replication factor above one with one instead of an error. */
  readonly clampReplicationFactor: boolean;
  /** For topics that do not say otherwise. */
  readonly topicDefaults: LogConfig;
  readonly files: FileSystem;
  readonly logger: Logger;
}

/** What `startBroker` takes: `data` is needed, everything else has a default. */
export type BrokerSettings = Partial<Omit<BrokerOptions, 'listeners' | 'topicDefaults' | 'data'>> & {
  readonly data: string;
  /** One listener or several. */
  readonly listen?: Partial<Listener> | ReadonlyArray<Partial<Listener>>;
  readonly topicDefaults?: Partial<LogConfig>;
};

export function withDefaults(settings: BrokerSettings): BrokerOptions {
  const { listen, topicDefaults, ...rest } = settings;
  return {
    health: undefined,
    nodeId: 1,
    autoCreateTopics: true,
    defaultPartitions: 1,
    flush: 'interval',
    flushIntervalMs: 1_000,
    retentionCheckIntervalMs: RETENTION_CHECK_INTERVAL_MS,
    offsetsSegmentBytes: OFFSETS_SEGMENT_BYTES,
    offsetsRetentionMs: OFFSETS_RETENTION_MS,
    groupInitialRebalanceDelayMs: 0,
    sessionTimeoutMinMs: SESSION_TIMEOUT_MIN_MS,
    maxConnections: CONNECTIONS_MAX,
    stalledClientMs: STALLED_CLIENT_MS,
    clampReplicationFactor: false,
    files: settings.files ?? diskFileSystem(),
    logger: silentLogger,
    ...rest,
    listeners: [listen ?? {}].flat().map((listener) => ({ host: '127.0.0.1', port: 9092, ...listener })),
    topicDefaults: { ...DEFAULT_LOG_CONFIG, ...topicDefaults },
  };
}
