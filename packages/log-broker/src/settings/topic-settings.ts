import type { LogConfig } from '../log/log-config.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { TOPIC_SETTINGS } from './generated/topic-settings.ts';
import { describeSetting, SOURCE_DEFAULT, SOURCE_STATIC_BROKER, SOURCE_TOPIC } from './setting.ts';
import type { DescribedSetting } from './setting.ts';

const BOOLEAN = 1;
const INT = 3;
const LONG = 5;
const DOUBLE = 6;

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'cleanup.policy': ['delete', 'compact', 'compact,delete', 'delete,compact', ''],
  'compression.type': ['producer', 'uncompressed', 'zstd', 'lz4', 'snappy', 'gzip'],
  'message.timestamp.type': ['CreateTime', 'LogAppendTime'],
};

/** @throws {KafkaError} INVALID_CONFIG for an unknown setting, or a value of another type */
export function checkTopicSettings(configs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(configs)) {
    const known = TOPIC_SETTINGS.find((setting) => setting.name === name);
    if (!known) throw new KafkaError(ErrorCode.INVALID_CONFIG, `Unknown topic config name: ${name}`);
    if (!isOfType(known.type, value) || CHOICES[name]?.includes(value.replaceAll(' ', '')) === false) {
      throw new KafkaError(ErrorCode.INVALID_CONFIG, `Invalid value ${value} for configuration ${name}`);
    }
  }
}

function isOfType(type: number, value: string): boolean {
  if (type === BOOLEAN) return /^(true|false)$/i.test(value.trim());
  if (type === INT) return /^-?\d+$/.test(value.trim()) && Math.abs(Number(value)) < 2 ** 31;
  if (type === LONG) return /^-?\d+$/.test(value.trim());
  if (type === DOUBLE) return value.trim() !== '' && Number.isFinite(Number(value));
  return true;
}

/** Every setting of a topic: its own values, then those of the broker, then Kafka's defaults. */
export function describeTopicSettings(ofBroker: LogConfig, own: Readonly<Record<string, string>>): DescribedSetting[] {
  const brokerValues: Readonly<Record<string, string>> = {
    'cleanup.policy': ofBroker.cleanupPolicy,
    'max.message.bytes': String(ofBroker.maxMessageBytes),
    'message.timestamp.type': ofBroker.timestampType,
    'retention.bytes': String(ofBroker.retentionBytes),
    'retention.ms': String(ofBroker.retentionMs),
    'segment.bytes': String(ofBroker.segmentBytes),
    'segment.ms': String(ofBroker.segmentMs),
  };
  return TOPIC_SETTINGS.map((setting) => {
    const { name } = setting;
    const brokerName = BROKER_NAMES[name] ?? `log.${name}`;
    const hasBrokerDefault = !WITHOUT_BROKER_DEFAULT.has(name);
    const synonyms = hasBrokerDefault ? [{ name: brokerName, value: setting.value, source: SOURCE_DEFAULT }] : [];
    const broker = brokerValues[name];
    if (broker !== undefined && broker !== setting.value) {
      synonyms.unshift({ name: brokerName, value: broker, source: SOURCE_STATIC_BROKER });
    }
    const value = own[name];
    if (value !== undefined) synonyms.unshift({ name, value, source: SOURCE_TOPIC });
    return describeSetting(setting, synonyms, false);
  });
}

/** Broker settings whose name is not that of the topic setting with `log.` in front. */
const BROKER_NAMES: Readonly<Record<string, string>> = {
  'compression.type': 'compression.type',
  'max.message.bytes': 'message.max.bytes',
  'min.insync.replicas': 'min.insync.replicas',
  'segment.ms': 'log.roll.ms',
  'unclean.leader.election.enable': 'unclean.leader.election.enable',
};

/** Times whose broker setting in milliseconds has no default: Kafka derives it from another and shows no synonym. */
const WITHOUT_BROKER_DEFAULT: ReadonlySet<string> = new Set([
  'flush.ms',
  'retention.ms',
  'segment.jitter.ms',
  'segment.ms',
]);
