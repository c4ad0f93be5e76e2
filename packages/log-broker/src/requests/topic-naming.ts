import type { Topic, TopicRegistry } from '../topics/topic-registry.ts';
import { ErrorCode } from '../wire/error-code.ts';

/** How a version of a request names topics: older ones by name, newer ones by id. */
export interface TopicNaming {
  /** A name is empty in versions that have ids. */
  readonly find: (name: string, id: string) => Topic | undefined;
  /** The error code for a topic that does not exist. */
  readonly unknown: number;
}

/** An id is found or not: there are no replicas that could know another one, so nothing here is INCONSISTENT_TOPIC_ID. */
export function topicNaming(topics: TopicRegistry, byId: boolean): TopicNaming {
  return byId
    ? { find: (_, id) => topics.byId(id), unknown: ErrorCode.UNKNOWN_TOPIC_ID }
    : { find: (name) => topics.get(name), unknown: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
}
