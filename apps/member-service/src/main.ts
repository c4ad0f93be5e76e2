import { runService } from '@event-bus/service-kit';
import { env } from './config.ts';
import { MemberServiceModule } from './member-service.module.ts';

await runService(MemberServiceModule, env);
