import { loadConfig, runService } from '@event-bus/service-kit';
import { memberServiceEnv } from './config.ts';
import { MemberServiceModule, SERVICE } from './member-service.module.ts';

const config = loadConfig(SERVICE, memberServiceEnv);
await runService({ service: SERVICE, module: MemberServiceModule.forRoot(config), config });
