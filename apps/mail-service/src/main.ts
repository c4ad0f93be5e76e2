import { loadConfig, runService } from '@event-bus/service-kit';
import { mailServiceEnv } from './config.ts';
import { MailServiceModule, SERVICE } from './mail-service.module.ts';

const config = loadConfig(SERVICE, mailServiceEnv);
await runService({ service: SERVICE, module: MailServiceModule.forRoot(config), config });
