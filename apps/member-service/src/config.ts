import { serviceConfig } from '@event-bus/service-kit';
import type { z } from 'zod';

export const env = serviceConfig();

export type Config = z.output<typeof env>;
