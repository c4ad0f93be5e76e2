import { emailAddress, serviceConfig } from '@event-bus/service-kit';
import type { ConfigOf } from '@event-bus/service-kit';

export const env = serviceConfig({
  RECEIPT_FROM: emailAddress.meta({ description: 'Sender of receipts.', example: 'orders@example.com' }),
});

export type Config = ConfigOf<typeof env>;
