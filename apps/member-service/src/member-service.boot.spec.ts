import { bootForTest } from '@event-bus/service-kit/testing';
import { expect, it } from 'vitest';
import { env } from './config.ts';
import { MemberServiceModule } from './member-service.module.ts';
import { SignUpService } from './sign-up/sign-up.service.ts';

/** An `import type` of an injected class compiles and fails only here: see docs of emitDecoratorMetadata. */
it('the module graph of member-service resolves', async () => {
  const app = await bootForTest(MemberServiceModule, env);
  expect(app.get(SignUpService)).toBeInstanceOf(SignUpService);
});
