import { alterTopicSettings } from '../settings/alter-topic-settings.ts';
import { eachInSteps } from '../turns.ts';
import { ErrorCode, KafkaError } from '../wire/error-code.ts';
import { IncrementalAlterConfigs } from '../wire/generated/incremental-alter-configs.ts';
import type { AlterableConfig } from '../wire/generated/incremental-alter-configs.ts';
import { defineRequest } from './define-request.ts';

// Versions 0 and 1. Sets or removes single settings, adds to or removes from lists.

const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

export const incrementalAlterConfigs = defineRequest(IncrementalAlterConfigs, [0, 1], function* (request, { broker }) {
  const altered = yield* eachInSteps(request.resources, async ({ resourceType, resourceName, configs }) => {
    const result = { errorCode: ErrorCode.NONE as number, errorMessage: null as string | null };
    try {
      await alterTopicSettings(broker, resourceType, resourceName, request.validateOnly, (now, shown) => {
        const next = { ...now };
        for (const change of configs) apply(change, next, shown);
        return next;
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

function apply(
  { name, configOperation, value }: AlterableConfig,
  next: Record<string, string>,
  shown: (name: string) => string,
): void {
  const items = (text: string) => text.split(',').filter((item) => item !== '');
  const listed = items(next[name] ?? shown(name));
  if (configOperation === DELETE) delete next[name];
  else if (value === null) throw new KafkaError(ErrorCode.INVALID_REQUEST, `no value for ${name}`);
  else if (configOperation === SET) next[name] = value;
  else if (configOperation === APPEND) next[name] = [...new Set([...listed, ...items(value)])].join(',');
  else if (configOperation === SUBTRACT) {
    const removed = new Set(items(value));
    next[name] = listed.filter((item) => !removed.has(item)).join(',');
  } else {
    throw new KafkaError(ErrorCode.INVALID_REQUEST, `unknown operation ${configOperation} on ${name}`);
  }
}
