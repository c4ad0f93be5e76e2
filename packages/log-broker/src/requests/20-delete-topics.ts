import { ErrorCode } from '../wire/error-code.ts';
import { DeleteTopics } from '../wire/generated/delete-topics.ts';
import { defineRequest } from './define-request.ts';

// Versions 1 to 6: 6 can name topics by id.

export const deleteTopics = defineRequest(DeleteTopics, [1, 6], (request, { broker, version }) => {
  const wanted = version >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: '' }));
  return {
    responses: wanted.map(({ name, topicId }) => {
      const topic = name === null ? broker.topics.byId(topicId) : broker.topics.get(name);
      if (!topic) {
        const errorCode = name === null ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        return { name, topicId, errorCode, errorMessage: null };
      }
      if (topic.isInternal) {
        const errorMessage = `${topic.name} belongs to the broker`;
        return { name: topic.name, topicId: topic.id, errorCode: ErrorCode.INVALID_REQUEST, errorMessage };
      }
      broker.topics.delete(topic);
      broker.groups.forgetTopic(topic.name);
      return { name: topic.name, topicId: topic.id, errorCode: ErrorCode.NONE, errorMessage: null };
    }),
  };
});
