import type { DefinedEvent } from '../event/catalog-files.ts';

/** What a handler may do: see "How to add a consumer" in CONTRIBUTING.md. */
export const EFFECTS = ['database', 'outside', 'repeatable'] as const;
export type Effect = (typeof EFFECTS)[number];

export interface NewService {
  readonly name: string;
  readonly port: number;
  readonly effect: Effect;
  readonly consumes: DefinedEvent;
  readonly publishes: PublishedEvent | undefined;
}

export interface PublishedEvent extends DefinedEvent {
  /** The fields of an event as new:event writes it; undefined for an event of which the fields are others. */
  readonly fields: { readonly key: string; readonly time: string } | undefined;
}
