import { refused } from '../problem.ts';
import type { Cluster } from '@event-bus/messaging-client/inspect';
import type { Span } from '@event-bus/messaging-client/inspect';

/** A commit from outside of a group. The broker accepts it only while the group has no member. */
const NO_GENERATION = -1;
const NO_MEMBER = '';
const REFUSED = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']);

export async function setOffsets(cluster: Cluster, groupId: string, spans: readonly Span[]): Promise<void> {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const topics = [...Map.groupBy(spans, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition, from }) => ({ partition, offset: String(from) })),
  }));
  try {
    await coordinator.offsetCommit({ groupId, groupGenerationId: NO_GENERATION, memberId: NO_MEMBER, topics });
  } catch (error) {
    if (!REFUSED.has(String((error as { type?: unknown }).type))) throw error;
    throw refused(`the group ${groupId} has a member again`, 'Stop the service first; nothing was changed.', {
      cause: error,
    });
  }
}
