import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import type { PayloadOf } from './define-event.ts';
import { smsTopic } from './topics.ts';
import { phoneNumberSchema } from './vocabulary.ts';

export const smsFailed = defineEvent({
  name: 'sms.failed',
  version: 1,
  topic: smsTopic,
  key: (text) => text.causedBy,
  schema: z.object({
    causedBy: z.string().min(1).max(100).meta({ description: 'Id of the event that caused the text message.' }),
    template: z.string().min(1).max(50),
    to: phoneNumberSchema,
    reason: z.string().max(500),
    failedAt: z.iso.datetime(),
  }),
  owner: 'sms-service',
  summary: 'The gateway rejected a text message; its record is a dead letter.',
  example: {
    causedBy: '0199f1c2-7d50-7001-8a00-000000000001',
    template: 'welcome',
    to: '+821012345678',
    reason: '400 the number is not in service',
    failedAt: '2026-11-21T09:00:00.040Z',
  },
});

export type SmsFailed = PayloadOf<typeof smsFailed>;
