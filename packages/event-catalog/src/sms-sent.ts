import { z } from 'zod';
import { defineEvent } from './define-event.ts';
import type { PayloadOf } from './define-event.ts';
import { smsTopic } from './topics.ts';
import { phoneNumberSchema } from './vocabulary.ts';

export const smsSent = defineEvent({
  name: 'sms.sent',
  version: 1,
  topic: smsTopic,
  key: (text) => text.causedBy,
  schema: z.object({
    causedBy: z.string().min(1).max(100).meta({ description: 'Id of the event that caused the text message.' }),
    template: z.string().min(1).max(50),
    to: phoneNumberSchema,
    segments: z.int().min(1).max(10).meta({ description: 'Parts in which networks carry it, and bill it.' }),
    gatewayId: z.string().max(200).meta({ description: 'Id that the gateway gave it.' }),
    sentAt: z.iso.datetime(),
  }),
  owner: 'sms-service',
  summary: 'The gateway accepted a text message.',
  example: {
    causedBy: '0199f1c2-7d50-7001-8a00-000000000001',
    template: 'welcome',
    to: '+821012345678',
    segments: 1,
    gatewayId: 'b7f4a3a0-5a52-4b0e-9d0e-1c8a8f0b1f57',
    sentAt: '2026-11-21T09:00:00.040Z',
  },
});

export type SmsSent = PayloadOf<typeof smsSent>;
