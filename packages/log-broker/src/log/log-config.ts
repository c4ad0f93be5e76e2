/** How one topic's log behaves: Kafka's topic settings of the same names, in their units. */
export interface LogConfig {
  /** A new segment begins before the current one grows beyond this. */
  readonly segmentBytes: number;
  /** A new segment begins when the first record of the current one is older than this. */
  readonly segmentMs: number;
  /** Segments whose newest record is older are deleted; -1 keeps them. */
  readonly retentionMs: number;
  /** The oldest segments are deleted while the partition is larger; -1 means no limit. */
  readonly retentionBytes: number;
  readonly maxMessageBytes: number;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  /** With CreateTime, how much older or newer than the broker's clock a record may be. */
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  readonly cleanupPolicy: string;
  /** A log is compacted when the part that never was is more than this share of what can be. */
  readonly minCleanableDirtyRatio: number;
  /** Records younger than this are not compacted. */
  readonly minCompactionLagMs: number;
  /** A log with an older record that was never compacted is compacted, whatever the share. */
  readonly maxCompactionLagMs: number;
  /** How long a tombstone is kept after its first compaction, so that readers see it. */
  readonly deleteRetentionMs: number;
}

export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * 24 * 3_600_000,
  retentionMs: 7 * 24 * 3_600_000,
  retentionBytes: -1,
  maxMessageBytes: 1_048_588,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  cleanupPolicy: 'delete',
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 24 * 3_600_000,
};
