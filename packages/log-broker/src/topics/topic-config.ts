import type { LogConfig } from '../log/log-config.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';

/** A topic's own settings over the broker's defaults. @throws {KafkaError} INVALID_CONFIG for an invalid value */
export function resolveLogConfig(configs: Readonly<Record<string, string>>, defaults: LogConfig): LogConfig {
  const number = (name: string, fallback: number, least: number): number => {
    const text = configs[name];
    if (text === undefined) return fallback;
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least) {
      throw new KafkaError(ErrorCode.INVALID_CONFIG, `Invalid value ${text} for configuration ${name}`);
    }
    return value;
  };
  const ratio = (name: string, fallback: number): number => {
    const text = configs[name];
    if (text === undefined) return fallback;
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0 && value <= 1)) {
      throw new KafkaError(ErrorCode.INVALID_CONFIG, `Invalid value ${text} for configuration ${name}`);
    }
    return value;
  };
  const minCompactionLagMs = number('min.compaction.lag.ms', defaults.minCompactionLagMs, 0);
  const maxCompactionLagMs = number('max.compaction.lag.ms', defaults.maxCompactionLagMs, 1);
  if (minCompactionLagMs > maxCompactionLagMs) {
    const detail = `conflict topic config setting min.compaction.lag.ms (${minCompactionLagMs}) > max.compaction.lag.ms (${maxCompactionLagMs})`;
    throw new KafkaError(ErrorCode.INVALID_CONFIG, detail);
  }
  const timestampType = configs['message.timestamp.type'] ?? defaults.timestampType;
  if (timestampType !== 'CreateTime' && timestampType !== 'LogAppendTime') {
    const detail = `Invalid value ${timestampType} for configuration message.timestamp.type`;
    throw new KafkaError(ErrorCode.INVALID_CONFIG, detail);
  }
  return {
    segmentBytes: number('segment.bytes', defaults.segmentBytes, 14),
    segmentMs: number('segment.ms', defaults.segmentMs, 1),
    retentionMs: number('retention.ms', defaults.retentionMs, -1),
    retentionBytes: number('retention.bytes', defaults.retentionBytes, -1),
    maxMessageBytes: number('max.message.bytes', defaults.maxMessageBytes, 0),
    timestampType,
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms', defaults.timestampBeforeMaxMs, 0),
    timestampAfterMaxMs: number('message.timestamp.after.max.ms', defaults.timestampAfterMaxMs, 0),
    cleanupPolicy: configs['cleanup.policy'] ?? defaults.cleanupPolicy,
    minCleanableDirtyRatio: ratio('min.cleanable.dirty.ratio', defaults.minCleanableDirtyRatio),
    minCompactionLagMs,
    maxCompactionLagMs,
    deleteRetentionMs: number('delete.retention.ms', defaults.deleteRetentionMs, 0),
  };
}
