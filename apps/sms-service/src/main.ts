import { runService } from '@event-bus/service-kit';
import { env } from './config.ts';
import { SmsServiceModule } from './sms-service.module.ts';

await runService(SmsServiceModule, env);
