import { bootForTest } from '@event-bus/service-kit/testing';
import { expect, it } from 'vitest';
import { env } from './config.ts';
import { SmsServiceModule } from './sms-service.module.ts';
import { SendText } from './texts/send-text.ts';

/** An `import type` of an injected class compiles and fails only here: see docs of emitDecoratorMetadata. */
it('the module graph of sms-service resolves', async () => {
  const app = await bootForTest(SmsServiceModule, env);
  expect(app.get(SendText)).toBeInstanceOf(SendText);
});

it.each(['+821012345678', 'EventBus', 'Shop 24'])('SMS_FROM may be %s', (sender) => {
  expect(env.shape.SMS_FROM.parse(sender)).toBe(sender);
});

it.each(['', 'a name that is too long', '010-1234-5678', '이벤트'])('SMS_FROM may not be "%s"', (sender) => {
  expect(env.shape.SMS_FROM.safeParse(sender).success).toBe(false);
});
