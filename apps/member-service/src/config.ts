import { kafkaLoginIsComplete, messagingEnv } from '@event-bus/messaging-client';
import { serviceEnv } from '@event-bus/service-kit';
import { z } from 'zod';

export const memberServiceEnv = z.object({ ...serviceEnv, ...messagingEnv }).check(kafkaLoginIsComplete);

export type MemberServiceConfig = z.output<typeof memberServiceEnv>;
