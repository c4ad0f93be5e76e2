import type { TopicDefinition } from './event-definition.ts';
import { DEAD_TOPIC_RETENTION_MS } from './limits.ts';

/** The topic on which a group announces its dead letters of a topic: `member.mail-service.dead`. */
export function deadTopicOf(topic: string, group: string): TopicDefinition {
  // One partition: dead letters are read in the order in which they were written.
  return { name: `${topic}.${group}.dead`, partitions: 1, retentionMs: DEAD_TOPIC_RETENTION_MS };
}
