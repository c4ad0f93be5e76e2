import { EventEmitter } from 'node:events';

/** What happens to messages, as a typed contract. Logs, metrics and tests listen to the same thing. */
export interface MessageEventMap {
  'outbox.published': [{ rows: number; milliseconds: number }];
  'outbox.failed': [{ rows: number; error: Error; retryInMs: number }];
  /** The broker will not take a row; it waits, and its key or topic with it. */
  'outbox.refused': [{ seq: string; topic: string; event: string; eventId: string; error: Error; retryInMs: number }];
  /** The shards of the outbox that this instance relays have become so many. */
  'relay.shards': [{ held: number }];
  'consumer.state': [{ state: string; detail: string | undefined }];
  'consumer.committed': [{ topic: string; partition: number; offset: string }];
  'record.handled': [RecordOutcome & { repeated: boolean; milliseconds: number }];
  'record.retry': [RecordOutcome & { attempt: number; retryInMs: number; error: Error }];
  /** Waits in the database for its next attempt; or, without an error, behind one of its key that does. */
  'record.parked': [RecordOutcome & { attempt: number; dueInMs: number | undefined; error: Error | undefined }];
  'record.dead': [RecordOutcome & { reason: string; error: Error }];
}

export interface RecordOutcome {
  topic: string;
  partition: number;
  offset: string;
  event: string | undefined;
  eventId: string | undefined;
}

export class MessageEvents extends EventEmitter<MessageEventMap> {}
