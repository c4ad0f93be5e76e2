import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MessagingError } from '../errors.ts';
import { readPayload } from '../event-definition.ts';
import type { EventDefinition } from '../event-definition.ts';
import { KEY_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../limits.ts';
import { MESSAGING_OPTIONS } from '../nest/messaging-options.ts';
import type { EmailCommand, MessagingOptions } from '../nest/messaging-options.ts';
import { continueTrace, currentTrace } from '../observe/trace-context.ts';
import { TAKE_FLOOR } from './append-floor.ts';
import { OUTBOX_CHANNEL } from './outbox-table.ts';

export interface Appended {
  /** The event's id: `ce_id` of its record, and what inbox and ledger know it by. */
  readonly id: string;
}

/** The floor, then the row, then the wake-up call, in one round trip; it is sent when the transaction commits. */
const APPEND = `
  WITH floor AS MATERIALIZED (${TAKE_FLOOR}),
  appended AS (
    INSERT INTO outbox (aggregatetype, aggregateid, type, version, source, payload, payload_bytes, tracingspancontext)
    SELECT $1::text, $2::text, $3::text, $4::int, $5::text, $6::json, $7::int, $8::text FROM floor
    RETURNING id
  )
  SELECT id, pg_notify('${OUTBOX_CHANNEL}', '') FROM appended`;

/** Says that something happened, in the transaction in which it happened: both are there, or neither. */
@Injectable()
export class Outbox {
  readonly #options: MessagingOptions;

  constructor(@Inject(MESSAGING_OPTIONS) options: MessagingOptions) {
    this.#options = options;
  }

  /**
   * Appends an event to the outbox of the caller's transaction. Events of a key go out in the order in which they were
   * appended, so append while holding the lock on whatever the event is about, as after its UPDATE or FOR UPDATE.
   * @throws MessagingError APPEND_OUTSIDE_TRANSACTION, EVENT_NOT_PUBLISHED_HERE, PAYLOAD_INVALID (names each field),
   *   KEY_INVALID, PAYLOAD_TOO_LARGE
   */
  async append<Payload>(
    manager: EntityManager,
    event: EventDefinition<Payload>,
    payload: NoInfer<Payload>,
  ): Promise<Appended> {
    if (manager.queryRunner?.isTransactionActive !== true) {
      throw new MessagingError(
        'APPEND_OUTSIDE_TRANSACTION',
        `${event.name}: append() needs the manager of an open transaction: dataSource.transaction((manager) => …)`,
      );
    }
    if (!this.#options.publishes.some(({ name, version }) => name === event.name && version === event.version)) {
      throw new MessagingError(
        'EVENT_NOT_PUBLISHED_HERE',
        `${event.name} v${event.version} is not among the events that ${this.#options.service} publishes`,
      );
    }
    const read = await readPayload(event, payload);
    if ('problems' in read) {
      throw new MessagingError('PAYLOAD_INVALID', `${event.name}: ${read.problems.join('; ')}`);
    }
    const key = checkedKey(event, read.payload);
    const json = checkedJson(event, read.payload);
    const trace = currentTrace() ?? continueTrace(undefined);
    const rows: unknown = await manager.query(APPEND, [
      event.topic.name,
      key,
      event.name,
      event.version,
      this.#options.service,
      json,
      Buffer.byteLength(json),
      `traceparent=${trace.traceparent}`,
    ]);
    return { id: (rows as [Appended])[0].id };
  }

  /**
   * Commands that an e-mail be sent, as it stands.
   * @throws as append(); NO_EMAIL_COMMAND when the module was not given the event that carries it
   */
  async requestEmail(manager: EntityManager, email: EmailCommand): Promise<Appended> {
    const command = this.#options.emailCommand;
    if (command === undefined) {
      throw new MessagingError('NO_EMAIL_COMMAND', 'requestEmail() needs MessagingModule.forRoot({ emailCommand })');
    }
    return this.append(manager, command, email);
  }
}

function checkedKey<Payload>(event: EventDefinition<Payload>, payload: Payload): string {
  const key = event.key(payload);
  const bytes = Buffer.byteLength(key);
  if (key.includes('\0')) throw new MessagingError('KEY_INVALID', `${event.name}: the key holds a NUL character`);
  if (bytes === 0 || bytes > KEY_BYTES_MAX) {
    throw new MessagingError(
      'KEY_INVALID',
      `${event.name}: the key has ${bytes} bytes; 1 to ${KEY_BYTES_MAX} are allowed`,
    );
  }
  return key;
}

function checkedJson<Payload>(event: EventDefinition<Payload>, payload: Payload): string {
  const json = JSON.stringify(payload);
  const bytes = Buffer.byteLength(json);
  if (bytes > PAYLOAD_BYTES_MAX) {
    throw new MessagingError(
      'PAYLOAD_TOO_LARGE',
      `${event.name}: the payload has ${bytes} bytes; at most ${PAYLOAD_BYTES_MAX} are allowed`,
    );
  }
  return json;
}
