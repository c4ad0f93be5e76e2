import { kafkaLoginIsComplete, messagingEnv } from '@event-bus/messaging-client';
import { emailAddress, serviceEnv } from '@event-bus/service-kit';
import { z } from 'zod';

export const orderServiceEnv = z
  .object({
    ...serviceEnv,
    ...messagingEnv,
    RECEIPT_FROM: emailAddress.meta({ description: 'Sender of receipts.', example: 'orders@example.com' }),
  })
  .check(kafkaLoginIsComplete);

export type OrderServiceConfig = z.output<typeof orderServiceEnv>;
