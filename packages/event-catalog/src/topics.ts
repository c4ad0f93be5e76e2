import type { TopicDefinition } from './define-event.ts';

/** One week: long enough to replay after a bad weekend, short enough to bound the disk. */
const ONE_WEEK_MS = 7 * 24 * 60 * 60 * 1000;

function topic(name: string, partitions: number): TopicDefinition {
  return { name, partitions, retentionMs: ONE_WEEK_MS };
}

export const memberTopic = topic('member', 6);
export const orderTopic = topic('order', 6);
export const emailTopic = topic('email', 6);
export const mailTopic = topic('mail', 3);
export const smsTopic = topic('sms', 3);

export const topics = [memberTopic, orderTopic, emailTopic, mailTopic, smsTopic];
