import type { Broker } from '../broker.ts';
import type { Topic } from '../topics/topic-registry.ts';
import { eachInSteps, inTurns } from '../turns.ts';
import { ErrorCode } from '../wire/error-code.ts';
import { DeleteTopics } from '../wire/generated/delete-topics.ts';
import type { DeletableTopicResult } from '../wire/generated/delete-topics.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 6: 6 can name topics by id.

export const deleteTopics = defineRequest(DeleteTopics, [1, 6], function* (request, { broker, version }) {
  const wanted = version >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: '' }));
  const found = yield* eachInSteps(wanted, ({ name, topicId }) => find(broker, name, topicId));
  return deleteFound(broker, found);
});

function find(broker: Broker, name: string | null, topicId: string): Topic | DeletableTopicResult {
  const topic = name === null ? broker.topics.byId(topicId) : broker.topics.get(name);
  if (!topic) {
    const errorCode = name === null ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return { name, topicId, errorCode, errorMessage: null };
  }
  if (!topic.isInternal) return topic;
  const errorMessage = `${topic.name} belongs to the broker`;
  return { name: topic.name, topicId: topic.id, errorCode: ErrorCode.INVALID_REQUEST, errorMessage };
}

async function deleteFound(broker: Broker, found: readonly (Topic | DeletableTopicResult)[]) {
  const topics = found.filter((each): each is Topic => 'partitions' in each);
  const failures = await broker.topics.deleteAll(topics);
  const failureOf = new Map(topics.map((topic, n) => [topic, failures[n]]));
  const deleted = topics.filter((topic) => failureOf.get(topic) === undefined);
  await inTurns(broker.groups.forgetTopics(new Set(deleted.map(({ name }) => name))));
  const responses = found.map((each): DeletableTopicResult => {
    if (!('partitions' in each)) return each;
    const failure = failureOf.get(each);
    return {
      name: each.name,
      topicId: each.id,
      errorCode: failure?.code ?? ErrorCode.NONE,
      errorMessage: failure?.message ?? null,
    };
  });
  return { responses };
}
