import { serviceConfig } from '@event-bus/service-kit';
import type { ConfigOf } from '@event-bus/service-kit';
import { z } from 'zod';

export const env = serviceConfig({
  SMS_GATEWAY_URL: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).meta({
    description: 'The gateway for text messages. They are sent by POST to /messages below it.',
    example: 'http://127.0.0.1:1090',
  }),
  SMS_GATEWAY_TOKEN: z.string().min(1).optional().meta({
    description: 'Login of the gateway, sent as a bearer token.',
    example: 'a-long-random-text',
  }),
  SMS_FROM: z
    .string()
    .regex(
      /^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11})$/,
      'must be a number in E.164, or up to 11 letters, digits and spaces',
    )
    .meta({ description: 'Sender of the text messages, a number or a name.', example: 'EventBus' }),
});

export type Config = ConfigOf<typeof env>;
