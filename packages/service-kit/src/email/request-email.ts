import { emailRequested } from '@event-bus/event-catalog';
import type { EmailRequested } from '@event-bus/event-catalog';
import type { Appended, Outbox } from '@event-bus/messaging-client';
import type { EntityManager } from 'typeorm';

/**
 * Commands mail-service to send this e-mail unchanged, once the manager's transaction has committed. The service's module has to
 * list `emailRequested` in `publishes`.
 * @returns the id of the command
 * @throws as `Outbox.append()`
 */
export async function requestEmail(outbox: Outbox, manager: EntityManager, email: EmailRequested): Promise<Appended> {
  return outbox.append(manager, emailRequested, email);
}
