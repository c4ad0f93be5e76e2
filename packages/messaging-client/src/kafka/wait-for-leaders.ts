import { setTimeout as delay } from 'node:timers/promises';

/** How often, and at which interval, new topics are checked for leaders. They come within a second or not at all. */
const LEADER_CHECKS_MAX = 50;
const LEADER_CHECK_INTERVAL_MS = 100;

/**
 * Waits for the leaders of topics that were just created: until then they cannot be written to. Apache Kafka's controller creates
 * a topic, and its brokers learn of it afterwards; one that does not know it yet answers that it does not exist.
 *
 * @param haveLeaders a rejection means that they have none
 * @throws when they have none within 5 seconds
 */
export async function waitForLeaders(haveLeaders: () => Promise<boolean>): Promise<void> {
  for (let checks = 1; !(await haveLeaders().catch(() => false)); checks += 1) {
    if (checks === LEADER_CHECKS_MAX) throw new Error('the new topics have no leaders');
    await delay(LEADER_CHECK_INTERVAL_MS);
  }
}
