import type { Broker } from '../broker.ts';
import { addressText } from '../config.ts';
import { describeSetting, SOURCE_DEFAULT, SOURCE_STATIC_BROKER } from './setting.ts';
import type { DescribedSetting } from './setting.ts';

/** All broker settings of Kafka, with this broker's values for those that it has. */
export async function describeBrokerSettings(broker: Broker): Promise<DescribedSetting[]> {
  // A long table that few clients need: loaded on first use.
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
    'log.retention.check.interval.ms': String(options.retentionCheckIntervalMs),
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
    return describeSetting(setting, synonyms, true);
  });
}
