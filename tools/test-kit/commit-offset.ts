import { Admin } from '@platformatic/kafka';

/** Where a broker is, and who asks. */
export interface BrokerLogin {
  readonly broker: string;
  readonly sasl?: {
    readonly mechanism: 'SCRAM-SHA-512';
    readonly username: string;
    readonly password: string;
  };
}

/**
 * What a group that has no member has committed, from now on. One request: kafkajs's setOffsets() joins the group for it, and
 * leaves it when a fetch without records has been answered, which is after five seconds.
 */
export async function commitOffset(
  { broker, sasl }: BrokerLogin,
  groupId: string,
  topic: string,
  partitions: Readonly<Record<number, number>>,
): Promise<void> {
  const admin = new Admin({
    clientId: 'commit-offset',
    bootstrapBrokers: [broker],
    sasl,
    retries: 20,
    retryDelay: 250,
  });
  try {
    await admin.alterConsumerGroupOffsets({
      groupId,
      topics: [
        {
          name: topic,
          partitionOffsets: Object.entries(partitions).map(([partition, offset]) => ({
            partition: Number(partition),
            offset: BigInt(offset),
          })),
        },
      ],
    });
  } finally {
    await admin.close();
  }
}
