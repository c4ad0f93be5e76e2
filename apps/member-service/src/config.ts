import { serviceConfig } from '@event-bus/service-kit';
import type { ConfigOf } from '@event-bus/service-kit';

export const env = serviceConfig();

export type Config = ConfigOf<typeof env>;
