import type { Broker } from '../broker.ts';
import { describeBrokerSettings } from '../settings/broker-settings.ts';
import type { DescribedSetting } from '../settings/setting.ts';
import { describeTopicSettings } from '../settings/topic-settings.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { DescribeConfigs } from '../wire/generated/describe-configs.ts';
import type { DescribeConfigsRequest, DescribeConfigsResource } from '../wire/generated/describe-configs.ts';
import type { DescribeConfigsResult } from '../wire/generated/describe-configs.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 4: 3 adds types and documentation. Topics and the broker have settings, other resources none.

const TOPIC = 2;
const BROKER = 4;
const BROKER_LOGGER = 8;

export const describeConfigs = defineRequest(DescribeConfigs, [1, 4], function* (request, { broker }) {
  const described = yield* eachInSteps(request.resources, (resource) => describe(broker, resource, request));
  return Promise.all(described).then((results) => ({ results }));
});

async function describe(
  broker: Broker,
  resource: DescribeConfigsResource,
  request: DescribeConfigsRequest,
): Promise<DescribeConfigsResult> {
  const { resourceType, resourceName, configurationKeys } = resource;
  const refused = (errorCode: number, errorMessage: string) => {
    return { errorCode, errorMessage, resourceType, resourceName, configs: [] };
  };
  let settings: DescribedSetting[];
  if (resourceType === TOPIC) {
    const topic = broker.topics.get(resourceName);
    if (!topic) return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic '${resourceName}'`);
    settings = describeTopicSettings(broker.options.topicDefaults, topic.configs);
  } else if (resourceType === BROKER) {
    if (resourceName !== '' && resourceName !== String(broker.nodeId)) {
      return refused(ErrorCode.INVALID_REQUEST, `there is no broker ${resourceName}, this is ${broker.nodeId}`);
    }
    settings = await describeBrokerSettings(broker);
  } else if (resourceType === BROKER_LOGGER) {
    settings = [];
  } else {
    return refused(ErrorCode.INVALID_REQUEST, `resource type ${resourceType} has no settings here`);
  }
  const wanted = configurationKeys && configurationKeys.length > 0 ? new Set(configurationKeys) : undefined;
  const configs = settings
    .filter(({ name }) => !wanted || wanted.has(name))
    .map((setting) => ({
      ...setting,
      synonyms: request.includeSynonyms ? setting.synonyms : [],
      documentation: request.includeDocumentation ? setting.documentation : null,
    }));
  return { errorCode: ErrorCode.NONE, errorMessage: null, resourceType, resourceName, configs };
}
