import { emailAddress, serviceConfig } from '@event-bus/service-kit';
import type { z } from 'zod';

export const env = serviceConfig({
  RECEIPT_FROM: emailAddress.meta({ description: 'Sender of receipts.', example: 'orders@example.com' }),
});

export type Config = z.output<typeof env>;
