import { loadConfig, runService } from '@event-bus/service-kit';
import { mailServiceConfig } from './config.ts';
import { MailServiceModule, SERVICE } from './mail-service.module.ts';

const config = loadConfig(SERVICE, mailServiceConfig);
await runService({ service: SERVICE, module: MailServiceModule.forRoot(config), config });
