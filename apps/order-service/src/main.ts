import { runService } from '@event-bus/service-kit';
import { env } from './config.ts';
import { OrderServiceModule } from './order-service.module.ts';

await runService(OrderServiceModule, env);
