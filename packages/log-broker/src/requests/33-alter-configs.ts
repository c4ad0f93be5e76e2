import { alterTopicSettings } from '../settings/alter-topic-settings.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { AlterConfigs } from '../wire/generated/alter-configs.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 to 2. Replaces all of a resource's own settings; IncrementalAlterConfigs changes single ones.

export const alterConfigs = defineRequest(AlterConfigs, [0, 2], function* (request, { broker }) {
  const altered = yield* eachInSteps(request.resources, async ({ resourceType, resourceName, configs }) => {
    const result = { errorCode: ErrorCode.NONE as number, errorMessage: null as string | null };
    try {
      await alterTopicSettings(broker, resourceType, resourceName, request.validateOnly, () => {
        const given = configs.filter(({ value }) => value !== null);
        return Object.fromEntries(given.map(({ name, value }) => [name, value ?? '']));
      });
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      result.errorCode = error.code;
      result.errorMessage = error.message;
    }
    return { ...result, resourceType, resourceName };
  });
  // Together, so that they share the writes of the list of topics.
  return Promise.all(altered).then((responses) => ({ responses }));
});
