import { loadConfig, runService } from '@event-bus/service-kit';
import { orderServiceEnv } from './config.ts';
import { OrderServiceModule, SERVICE } from './order-service.module.ts';

const config = loadConfig(SERVICE, orderServiceEnv);
await runService({ service: SERVICE, module: OrderServiceModule.forRoot(config), config });
