import type { z } from 'zod';

/** A topic as the client creates it when it is missing. An existing topic is never changed. */
export interface TopicDefinition {
  readonly name: string;
  /** Upper bound of instances of one consumer group that can share the work. */
  readonly partitions: number;
  /** How long the broker keeps a record, in milliseconds. */
  readonly retentionMs: number;
}

/**
 * An event: a fact (`member.signed-up`) or a command (`email.requested`).
 * Types, validation, the wire format and the documentation all derive from this value.
 */
export interface EventDefinition<Schema extends z.ZodType = z.ZodType> {
  /** `noun.past-participle`; the `ce_type` header. */
  readonly name: string;
  /** Increased by a breaking change only. Records of a version that a consumer does not know yet wait until it does. */
  readonly version: number;
  readonly topic: TopicDefinition;
  readonly schema: Schema;
  /** Records with the same key keep their order. Never empty. */
  readonly key: (payload: z.output<Schema>) => string;
  /** The service that may publish it; `any` for a command that every service may send. */
  readonly owner: string;
  readonly summary: string;
  readonly example: z.input<Schema>;
}

export type PayloadOf<Event extends EventDefinition> = z.output<Event['schema']>;

/** Infers the types of the literal, and does nothing else. */
export function defineEvent<Schema extends z.ZodType>(event: EventDefinition<Schema>): EventDefinition<Schema> {
  return event;
}
