import type { Broker } from '../broker.ts';
import type { Topic } from './topic-registry.ts';

/** A setting as DescribeConfigs shows it. */
export interface DescribedConfig {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly configType: number;
  readonly documentation: string | null;
  readonly synonyms: { readonly name: string; readonly value: string | null; readonly source: number }[];
}

const SOURCE_TOPIC = 1;
const SOURCE_STATIC_BROKER = 4;
const SOURCE_DEFAULT = 5;

export function describeTopicConfig(broker: Broker, topic: Topic): DescribedConfig[] {
  const defaults = broker.options.topicDefaults;
  const values: Record<string, string> = {
    'cleanup.policy': defaults.cleanupPolicy,
    'compression.type': 'producer',
    'max.message.bytes': String(defaults.maxMessageBytes),
    'message.timestamp.type': defaults.timestampType,
    'min.insync.replicas': '1',
    'retention.bytes': String(defaults.retentionBytes),
    'retention.ms': String(defaults.retentionMs),
    'segment.bytes': String(defaults.segmentBytes),
    'segment.ms': String(defaults.segmentMs),
  };
  return Object.entries({ ...values, ...topic.configs }).map(([name, value]) => {
    const isOwn = topic.configs[name] !== undefined;
    return setting(name, value, isOwn ? SOURCE_TOPIC : SOURCE_DEFAULT, false);
  });
}

export function describeBrokerConfig(broker: Broker): DescribedConfig[] {
  const { options } = broker;
  const values: Record<string, string> = {
    'auto.create.topics.enable': String(options.autoCreateTopics),
    'delete.topic.enable': 'true',
    'log.dirs': options.data,
    'node.id': String(options.nodeId),
    'num.partitions': String(options.defaultPartitions),
    'default.replication.factor': '1',
    'inter.broker.protocol.version': '4.3',
    'log.retention.ms': String(options.topicDefaults.retentionMs),
    'log.segment.bytes': String(options.topicDefaults.segmentBytes),
  };
  return Object.entries(values).map(([name, value]) => setting(name, value, SOURCE_STATIC_BROKER, true));
}

function setting(name: string, value: string, configSource: number, readOnly: boolean): DescribedConfig {
  const synonyms = [{ name, value, source: configSource }];
  return { name, value, readOnly, configSource, isSensitive: false, configType: 0, documentation: null, synonyms };
}
