import { runService } from '@event-bus/service-kit';
import { env } from './config.ts';
import { MailServiceModule } from './mail-service.module.ts';

await runService(MailServiceModule, env);
