import { OnEvent } from '@event-bus/messaging-client';
import { Controller, Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { expect, it } from 'vitest';
import { noteWritten } from '../test/note-written.ts';
import { serviceConfig } from './config/service-config.ts';
import type { CommonConfig } from './config/service-config.ts';
import { serviceModule } from './service-module.ts';
import type { ServiceClass, ServiceParts } from './service-module.ts';
import { bootForTest } from './testing/index.ts';

@Controller()
class KeepNotes {
  @OnEvent(noteWritten)
  async keep(): Promise<void> {}
}

function serviceWith(parts: ServiceParts): ServiceClass<CommonConfig> {
  @Module({})
  class NoteServiceModule {
    static readonly service = 'note-service';

    static forRoot(config: CommonConfig): DynamicModule {
      return serviceModule(NoteServiceModule, config, parts);
    }
  }
  return NoteServiceModule;
}

it.each<[string, Type[], number]>([
  ['with a handler consumes', [KeepNotes], 1],
  ['without handlers does not consume', [], 0],
])('a service %s, and nothing else has to say so', async (_, controllers, consumers) => {
  const app = await bootForTest(serviceWith({ controllers }), serviceConfig());
  expect(app.getMicroservices()).toHaveLength(consumers);
});

it('a service whose handler is a provider does not start', async () => {
  await expect(bootForTest(serviceWith({ providers: [KeepNotes] }), serviceConfig())).rejects.toMatchObject({
    code: 'HANDLER_NOT_IN_CONTROLLER',
  });
});
