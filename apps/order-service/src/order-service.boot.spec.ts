import { bootForTest } from '@event-bus/service-kit/testing';
import { expect, it } from 'vitest';
import { CompleteOrderService } from './complete-order/complete-order.service.ts';
import { env } from './config.ts';
import { OrderServiceModule } from './order-service.module.ts';

/** An `import type` of an injected class compiles and fails only here: see docs of emitDecoratorMetadata. */
it('the module graph of order-service resolves', async () => {
  const app = await bootForTest(OrderServiceModule, env);
  expect(app.get(CompleteOrderService)).toBeInstanceOf(CompleteOrderService);
});
