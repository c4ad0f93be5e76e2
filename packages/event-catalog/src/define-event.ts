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
  key(payload: z.output<Schema>): string;
  /** The service that may publish it; `any` for a command that every service may send. */
  readonly owner: string;
  readonly summary: string;
  /** How records of the version before are read, by `upcastFrom()`. */
  readonly upcast?: Upcast<z.input<Schema>>;
  readonly example: z.input<Schema>;
}

export interface Upcast<To = unknown> {
  readonly from: EventDefinition;
  apply(payload: unknown): To;
}

export type PayloadOf<Event extends EventDefinition> = z.output<Event['schema']>;

/**
 * For `upcast` of a new version: what a payload of the version before is in this one. A consumer of the new version then reads
 * both, and needs no other code for the old one.
 */
export function upcastFrom<Schema extends z.ZodType, To>(
  from: EventDefinition<Schema>,
  apply: (payload: z.output<Schema>) => To,
): Upcast<To> {
  return { from, apply };
}

/** Infers the types of the literal, and does nothing else. */
export function defineEvent<Schema extends z.ZodType>(event: EventDefinition<Schema>): EventDefinition<Schema> {
  return event;
}
