/** How one topic's log behaves: Kafka's topic settings of the same names, in their units. */
export interface LogConfig {
  /** Roll to a new segment before one grows beyond this. */
  readonly segmentBytes: number;
  /** Roll when the first record of the segment is older than this. */
  readonly segmentMs: number;
  /** Segments whose newest record is older leave; -1 keeps them. */
  readonly retentionMs: number;
  /** Oldest segments leave while the partition holds more; -1 is no limit. */
  readonly retentionBytes: number;
  readonly maxMessageBytes: number;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  /** With CreateTime, how much older or newer than the broker's clock a record may be. */
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  readonly cleanupPolicy: string;
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
};
