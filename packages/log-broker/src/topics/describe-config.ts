import type { Broker } from '../broker.ts';
import { addressText } from '../config.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { TOPIC_SETTINGS } from './generated/topic-settings.ts';

/** A setting as Kafka documents it. */
export interface SettingDefault {
  readonly name: string;
  /** Kafka's type: 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password. */
  readonly type: number;
  readonly isSensitive: boolean;
  readonly value: string | null;
  readonly help: string;
}

/** A setting as DescribeConfigs shows it. */
export interface DescribedConfig {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly configType: number;
  readonly documentation: string | null;
  /** Where the value comes from, the one in effect first. */
  readonly synonyms: { readonly name: string; readonly value: string | null; readonly source: number }[];
}

const SOURCE_TOPIC = 1;
const SOURCE_STATIC_BROKER = 4;
const SOURCE_DEFAULT = 5;

const BOOLEAN = 1;
const INT = 3;
const LONG = 5;
const DOUBLE = 6;

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'cleanup.policy': ['delete', 'compact', 'compact,delete', 'delete,compact', ''],
  'compression.type': ['producer', 'uncompressed', 'zstd', 'lz4', 'snappy', 'gzip'],
  'message.timestamp.type': ['CreateTime', 'LogAppendTime'],
};

/** @throws {KafkaError} INVALID_CONFIG for a setting topics do not have, or a value of another type */
export function checkTopicConfig(configs: Readonly<Record<string, string>>): void {
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

/** Every setting of a topic that has `own` set itself. */
export function describeTopicConfig(broker: Broker, own: Readonly<Record<string, string>>): DescribedConfig[] {
  const { topicDefaults } = broker.options;
  const ofBroker: Readonly<Record<string, string>> = {
    'cleanup.policy': topicDefaults.cleanupPolicy,
    'max.message.bytes': String(topicDefaults.maxMessageBytes),
    'message.timestamp.type': topicDefaults.timestampType,
    'retention.bytes': String(topicDefaults.retentionBytes),
    'retention.ms': String(topicDefaults.retentionMs),
    'segment.bytes': String(topicDefaults.segmentBytes),
    'segment.ms': String(topicDefaults.segmentMs),
  };
  return TOPIC_SETTINGS.map((setting) => {
    const { name } = setting;
    const brokerName = BROKER_NAMES[name] ?? `log.${name}`;
    const hasBrokerDefault = !WITHOUT_BROKER_DEFAULT.has(name);
    const synonyms = hasBrokerDefault ? [{ name: brokerName, value: setting.value, source: SOURCE_DEFAULT }] : [];
    const broker = ofBroker[name];
    if (broker !== undefined && broker !== setting.value) {
      synonyms.unshift({ name: brokerName, value: broker, source: SOURCE_STATIC_BROKER });
    }
    const value = own[name];
    if (value !== undefined) synonyms.unshift({ name, value, source: SOURCE_TOPIC });
    return describe(setting, synonyms, false);
  });
}

/** Broker settings whose name is not the topic's with `log.` before it. */
const BROKER_NAMES: Readonly<Record<string, string>> = {
  'compression.type': 'compression.type',
  'max.message.bytes': 'message.max.bytes',
  'min.insync.replicas': 'min.insync.replicas',
  'segment.ms': 'log.roll.ms',
  'unclean.leader.election.enable': 'unclean.leader.election.enable',
};

/** Times whose broker setting in milliseconds is not set by default: Kafka shows no synonym for what comes from another. */
const WITHOUT_BROKER_DEFAULT: ReadonlySet<string> = new Set([
  'flush.ms',
  'retention.ms',
  'segment.jitter.ms',
  'segment.ms',
]);

/** Kafka's whole table, with the values of this broker where it has such a setting. */
export async function describeBrokerConfig(broker: Broker): Promise<DescribedConfig[]> {
  // Long, and asked for by few: read when it is needed.
  const { BROKER_SETTINGS } = await import('./generated/broker-settings.ts');
  const { options } = broker;
  const own: Readonly<Record<string, string>> = {
    'advertised.listeners': broker.advertised.map((address) => `PLAINTEXT://${addressText(address)}`).join(','),
    'auto.create.topics.enable': String(options.autoCreateTopics),
    'broker.id': String(options.nodeId),
    'group.initial.rebalance.delay.ms': String(options.groupInitialRebalanceDelayMs),
    'group.min.session.timeout.ms': String(options.sessionTimeoutMinMs),
    'log.cleanup.policy': options.topicDefaults.cleanupPolicy,
    'log.dir': options.data,
    'log.dirs': options.data,
    'log.retention.bytes': String(options.topicDefaults.retentionBytes),
    'log.retention.ms': String(options.topicDefaults.retentionMs),
    'log.roll.ms': String(options.topicDefaults.segmentMs),
    'log.segment.bytes': String(options.topicDefaults.segmentBytes),
    'message.max.bytes': String(options.topicDefaults.maxMessageBytes),
    'node.id': String(options.nodeId),
    'num.partitions': String(options.defaultPartitions),
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'process.roles': 'broker,controller',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
  };
  return BROKER_SETTINGS.map((setting) => {
    const synonyms = [{ name: setting.name, value: setting.value, source: SOURCE_DEFAULT }];
    const value = own[setting.name];
    if (value !== undefined && value !== setting.value) {
      synonyms.unshift({ name: setting.name, value, source: SOURCE_STATIC_BROKER });
    }
    return describe(setting, synonyms, true);
  });
}

function describe(setting: SettingDefault, synonyms: DescribedConfig['synonyms'], readOnly: boolean): DescribedConfig {
  const inEffect = synonyms[0] ?? { value: setting.value, source: SOURCE_DEFAULT };
  return {
    name: setting.name,
    value: setting.isSensitive ? null : inEffect.value,
    readOnly,
    configSource: inEffect.source,
    isSensitive: setting.isSensitive,
    configType: setting.type,
    documentation: setting.help,
    synonyms,
  };
}
