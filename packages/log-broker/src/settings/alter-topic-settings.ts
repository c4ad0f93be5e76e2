import type { Broker } from '../broker.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { checkTopicSettings, describeTopicSettings } from './topic-settings.ts';

const TOPIC = 2;
const BROKER = 4;

/**
 * Changes a topic's own settings to the result of `change`. `shown` returns the value in effect.
 *
 * @throws {KafkaError} for a resource without settings that can be altered, an unknown setting or an invalid value
 */
export async function alterTopicSettings(
  broker: Broker,
  resourceType: number,
  resourceName: string,
  validateOnly: boolean,
  change: (now: Readonly<Record<string, string>>, shown: (name: string) => string) => Record<string, string>,
): Promise<void> {
  if (resourceType === BROKER) {
    throw new KafkaError(ErrorCode.INVALID_REQUEST, 'settings of this broker can only be set when it starts');
  }
  if (resourceType !== TOPIC) {
    throw new KafkaError(ErrorCode.INVALID_REQUEST, `resource type ${resourceType} has no settings here`);
  }
  const topic = broker.topics.get(resourceName);
  if (!topic) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic '${resourceName}'`);
  const changed = (now: Readonly<Record<string, string>>) => {
    const settings = describeTopicSettings(broker.options.topicDefaults, now);
    const next = change(now, (name) => settings.find((setting) => setting.name === name)?.value ?? '');
    checkTopicSettings(next);
    return next;
  };
  if (validateOnly) changed(topic.configs);
  else await broker.topics.configure(resourceName, changed);
}
