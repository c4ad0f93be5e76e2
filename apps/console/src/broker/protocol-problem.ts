import { ConsoleProblem } from '../http/problem.ts';

/** What the broker answers about a topic that was deleted or a record that retention took while it was being read. */
const PROBLEMS: Readonly<Record<string, ConstructorParameters<typeof ConsoleProblem>>> = {
  UNKNOWN_TOPIC_OR_PARTITION: [
    404,
    'The topic does not exist any more.',
    'Read the list of topics again.',
    { code: 'topic-deleted', params: {} },
  ],
  OFFSET_OUT_OF_RANGE: [
    404,
    'The record is not kept any more.',
    'Look at a newer record of the partition.',
    { code: 'record-deleted', params: {} },
  ],
  GROUP_ID_NOT_FOUND: [
    404,
    'The group does not exist any more.',
    'Read the list of groups again.',
    { code: 'group-deleted', params: {} },
  ],
  TOPIC_AUTHORIZATION_FAILED: [
    403,
    'The broker does not let the console read the topic.',
    'See KAFKA_SASL_USERNAME.',
    { code: 'topic-not-allowed', params: {} },
  ],
  GROUP_AUTHORIZATION_FAILED: [
    403,
    'The broker does not let the console read the group.',
    'See KAFKA_SASL_USERNAME.',
    { code: 'group-not-allowed', params: {} },
  ],
};

export function protocolProblem(error: unknown): ConsoleProblem | undefined {
  const known = PROBLEMS[protocolErrorOf(error) ?? ''];
  return known === undefined ? undefined : new ConsoleProblem(...known);
}

export function isUnknownTopic(error: unknown): boolean {
  return protocolErrorOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION';
}

/** Of kafkajs: reads that run at the same time replace each other's metadata, and one of a new topic may find none of it. */
export function isMetadataNotLoaded(error: unknown): boolean {
  return error instanceof Error && error.name === 'KafkaJSTopicMetadataNotLoaded';
}

/** The name of the broker's error code, which kafkajs may have wrapped. */
function protocolErrorOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { type } = cause as { type?: unknown };
    if (typeof type === 'string') return type;
  }
  return undefined;
}
