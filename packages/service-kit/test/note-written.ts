import type { EventDefinition } from '@event-bus/messaging-client';
import { z } from 'zod';

/** The event of the kit's specs. */
export const noteWritten: EventDefinition<{ text: string }> = {
  name: 'note.written',
  version: 1,
  topic: { name: 'note', partitions: 1, retentionMs: 3_600_000 },
  key: ({ text }) => text,
  schema: z.object({ text: z.string() }),
};
