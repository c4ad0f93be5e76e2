import { createService, loadConfig } from '@event-bus/service-kit';
import { expect, it } from 'vitest';
import { CompleteOrderService } from './complete-order/complete-order.service.ts';
import { env } from './config.ts';
import { OrderServiceModule } from './order-service.module.ts';

/** An `import type` of an injected class compiles and fails only here: see docs of emitDecoratorMetadata. */
it('the module graph of order-service resolves', async () => {
  const config = loadConfig(OrderServiceModule.service, env, {
    HTTP_PORT: '0',
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nowhere',
    KAFKA_BROKERS: '127.0.0.1:1',
    RECEIPT_FROM: 'orders@example.com',
    LOG_LEVEL: 'silent',
  });
  const app = await createService({
    service: OrderServiceModule.service,
    module: OrderServiceModule.forRoot(config),
    config,
  });
  expect(app.get(CompleteOrderService)).toBeInstanceOf(CompleteOrderService);
  await app.close();
});
