import { loadConfig, runService } from '@event-bus/service-kit';
import { mailServiceConfig } from './config.ts';
import { MailServiceModule } from './mail-service.module.ts';

const config = loadConfig('mail-service', mailServiceConfig);
await runService({ service: 'mail-service', module: MailServiceModule.forRoot(config), config, consumes: true });
