import { Logger } from '@nestjs/common';
import { isUnknownVersion } from '../errors.ts';
import { warningOf } from './open-transaction.ts';
import type { MessageEvents } from './message-events.ts';

/** The log lines of the client, all in one place. */
export function logMessageEvents(events: MessageEvents): void {
  const relay = new Logger('OutboxRelay');
  events.on('outbox.rejected', ({ error, ...row }) =>
    relay.error(
      { ...row, error: error.message },
      'the broker rejected this row; it waits with the later rows of its key or topic, other rows are published',
    ),
  );
  events.on('outbox.held-back', (open) => relay.warn(open, warningOf(open)));
  events.on('broker.refused', ({ error }) =>
    relay.error(textOf(error), 'the broker rejected our credentials or certificate; publishing is paused'),
  );
  events.on('broker.unavailable', ({ wasReached, error, ...rest }) =>
    relay.warn(
      { ...rest, ...textOf(error) },
      wasReached
        ? 'the broker is unavailable; events wait in the outbox'
        : 'the broker was never reached; events wait in the outbox',
    ),
  );
  events.on('broker.reached', (rest) => relay.log(rest, 'the broker is reached'));
  events.on('relay.gave-up', (rest) => relay.warn(rest, 'sends keep failing; the shards of the outbox are given up'));
  events.on('relay.shards', (shards) => relay.log(shards, `relaying ${shards.held} shards of the outbox`));
  events.on('outbox.published', (batch) => relay.debug(batch, 'published'));
  events.on('outbox.failed', ({ error, ...rest }) =>
    relay.warn({ ...rest, ...textOf(error) }, 'publish failed, will retry'),
  );

  const consumer = new Logger('KafkaConsumer');
  events.on('consumer.state', (change) => consumer.log(change, `consumer ${change.state}`));
  events.on('consumer.drain-timed-out', (drain) =>
    consumer.error(
      drain,
      'handlers were still running when the drain timed out; their records will be delivered again',
    ),
  );
  events.on('topic.partitions-added', (grown) =>
    consumer.warn(
      grown,
      'the topic has more partitions than its definition; all are read, and keys keep their partition',
    ),
  );
  events.on('records.skipped', (skipped) => consumer.error(skipped, 'records were deleted before they were read'));
  events.on('record.repeated', (record) => consumer.log(record, 'already handled, skipped'));
  events.on('record.retry', ({ error, ...rest }) =>
    consumer.warn({ ...rest, ...textOf(error) }, 'handler failed, will retry'),
  );
  events.on('record.parked', ({ error, ...rest }) => {
    if (error === undefined) consumer.log(rest, 'parked behind a record of its key');
    else if (isUnknownVersion(error)) consumer.warn({ ...rest, ...textOf(error) }, 'unknown version, parked');
    else consumer.warn({ ...rest, ...textOf(error) }, 'handler failed, parked until its next attempt');
  });
  events.on('handler.slow', (handler) => consumer.warn(handler, 'handler is slow'));
  events.on('handler.timed-out', (handler) => consumer.error(handler, 'handler timed out, its attempt has failed'));
  events.on('handler.ended-late', (handler) => consumer.warn(handler, 'handler ended after its time-out'));
  events.on('effect.ambiguous', ({ error, ...rest }) =>
    consumer.warn({ ...rest, ...textOf(error) }, 'outcome of the outside effect unknown'),
  );
  events.on('parking.warning', (figures) =>
    consumer.warn(figures, 'many keys are parked, or some have been parked for a long time'),
  );
  events.on('record.dead', ({ error, ...rest }) => consumer.error({ ...rest, ...textOf(error) }, 'dead letter'));
  events.on('record.drift', (drift) => consumer.warn(drift, 'payloads have a field that the schema does not name'));
  events.on('batch.dead', ({ error, ...rest }) =>
    consumer.error(
      { ...rest, ...textOf(error) },
      'dead letter: a whole batch that cannot be decoded; its keys are not held, because they are not known',
    ),
  );
}

/** Without the stack: the same failure may be logged very often. */
function textOf(error: Error): { error: string; code?: string } {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? { error: error.message, code } : { error: error.message };
}
