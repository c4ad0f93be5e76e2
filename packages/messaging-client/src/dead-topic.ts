import type { TopicDefinition } from './event-definition.ts';
import { DEAD_TOPIC_RETENTION_MS } from './limits.ts';

/** The topic on which a service announces its dead letters of a topic, those of handlers with a name included: `member.mail-service.dead`. */
export function deadTopicOf(topic: string, service: string): TopicDefinition {
  // One partition: dead letters are read in the order in which they were written.
  return { name: `${topic}.${service}.dead`, partitions: 1, retentionMs: DEAD_TOPIC_RETENTION_MS };
}
