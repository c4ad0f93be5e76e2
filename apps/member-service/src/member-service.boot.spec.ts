import { createService, loadConfig } from '@event-bus/service-kit';
import { expect, it } from 'vitest';
import { env } from './config.ts';
import { MemberServiceModule } from './member-service.module.ts';
import { SignUpService } from './sign-up/sign-up.service.ts';

/** An `import type` of an injected class compiles and fails only here: see docs of emitDecoratorMetadata. */
it('the module graph of member-service resolves', async () => {
  const config = loadConfig(MemberServiceModule.service, env, {
    HTTP_PORT: '0',
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nowhere',
    KAFKA_BROKERS: '127.0.0.1:1',
    LOG_LEVEL: 'silent',
  });
  const app = await createService({
    service: MemberServiceModule.service,
    module: MemberServiceModule.forRoot(config),
    config,
  });
  expect(app.get(SignUpService)).toBeInstanceOf(SignUpService);
  await app.close();
});
