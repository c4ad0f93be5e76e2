import { SMTP_CONNECTIONS_PER_INSTANCE } from './costs.ts';
import type { Costs } from './costs.ts';

export interface MailSize {
  /** Of mail-service. */
  readonly instances: number;
  readonly partitions: number;
  /** What the mail server takes to accept a mail. */
  readonly answerAfterMs: number;
  /** For all parts of the system together. */
  readonly cores: number;
}

export interface Prediction {
  readonly perSecond: number;
  readonly bound: 'mail-service' | 'SMTP connections' | 'cores';
}

/** The rate of mails is that of the instances, each with its thread and its connections, or that of the cores of all. */
export function predictMails(costs: Costs, { instances, partitions, answerAfterMs, cores }: MailSize): Prediction {
  const { serviceCpuUs, databaseCpuUs, brokerCpuUs, mailServerCpuUs } = costs.mail;
  const byInstances = sharersOf(instances, partitions) * mailsOfOneInstance(costs, answerAfterMs);
  const byCores = (cores * 1_000_000) / (serviceCpuUs + databaseCpuUs + brokerCpuUs + mailServerCpuUs);
  if (byCores < byInstances) return { perSecond: byCores, bound: 'cores' };
  // Most of the time of a mail is waiting for the mail server, or for the thread.
  const isWaiting = answerAfterMs > ownMs(costs);
  return { perSecond: byInstances, bound: isWaiting ? 'SMTP connections' : 'mail-service' };
}

/** A second, of one instance that has as many partitions as the others. */
export function mailsOfOneInstance(costs: Costs, answerAfterMs: number): number {
  return (SMTP_CONNECTIONS_PER_INSTANCE * 1_000) / connectionMs(costs, answerAfterMs);
}

/** How long a mail has its connection: until the mail server has accepted it, and the time that the instance itself needs. */
export function connectionMs(costs: Costs, answerAfterMs: number): number {
  return answerAfterMs + ownMs(costs);
}

function ownMs({ mailsPerSecond }: Costs): number {
  return (SMTP_CONNECTIONS_PER_INSTANCE * 1_000) / mailsPerSecond;
}

/**
 * How many instances a load is worth, when keys are spread evenly over partitions: the instance with the most partitions sets
 * the pace. Two instances of three partitions are worth 1.5.
 */
export function sharersOf(instances: number, partitions: number): number {
  return partitions / Math.ceil(partitions / instances);
}
