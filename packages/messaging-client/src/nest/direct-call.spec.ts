import 'reflect-metadata';
import {
  Controller,
  createParamDecorator,
  Module,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import type { CallHandler, CanActivate, ExceptionFilter, NestInterceptor, PipeTransform, Type } from '@nestjs/common';
import { ApplicationConfig, ModulesContainer, NestFactory } from '@nestjs/core';
import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { OnEvent } from '../handler/on-event.decorator.ts';
import type { HandlerExtras } from '../handler/on-event.decorator.ts';
import { directCallOf } from './direct-call.ts';

const happened = {
  name: 'thing.happened',
  version: 1,
  topic: { name: 'things', partitions: 1, retentionMs: 1_000 },
  key: () => 'k',
  schema: { '~standard': { validate: (value: unknown) => ({ value }) } },
};

class Guard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}
class Interceptor implements NestInterceptor {
  intercept(_: unknown, next: CallHandler): ReturnType<CallHandler['handle']> {
    return next.handle();
  }
}
class Pipe implements PipeTransform {
  transform(value: unknown): unknown {
    return value;
  }
}
class Filter implements ExceptionFilter {
  catch(): void {}
}
const Custom = createParamDecorator(() => 'custom');

@Controller()
class Plain {
  readonly greeting = 'hello';
  @OnEvent(happened)
  async listen(payload: unknown): Promise<void> {
    calls.push(`${this.greeting} ${String(payload)}`);
  }
}
@Controller()
class GuardOnMethod {
  @UseGuards(Guard)
  @OnEvent(happened)
  async listen(): Promise<void> {}
}
@UseGuards(Guard)
@Controller()
class GuardOnClass {
  @OnEvent(happened)
  async listen(): Promise<void> {}
}
@Controller()
class InterceptorOnMethod {
  @UseInterceptors(Interceptor)
  @OnEvent(happened)
  async listen(): Promise<void> {}
}
@UsePipes(Pipe)
@Controller()
class PipeOnClass {
  @OnEvent(happened)
  async listen(): Promise<void> {}
}
@Controller()
class FilterOnMethod {
  @UseFilters(Filter)
  @OnEvent(happened)
  async listen(): Promise<void> {}
}
@Controller()
class ParameterOfItsOwn {
  @OnEvent(happened)
  async listen(_payload: unknown, _context: unknown, @Custom() _custom?: unknown): Promise<void> {}
}
@Controller({ scope: Scope.REQUEST })
class OnePerRecord {
  @OnEvent(happened)
  async listen(): Promise<void> {}
}

const calls: string[] = [];

/** What would be called directly of a service's only handler. */
async function directCallIn(controller: Type, config = new ApplicationConfig()): Promise<unknown> {
  @Module({ controllers: [controller] })
  class App {}

  let handler: HandlerExtras | undefined;
  class Collector extends Server implements CustomTransportStrategy {
    override addHandler(_name: string, _callback: unknown, _isEvent?: boolean, extras?: Record<string, unknown>): void {
      handler = extras?.['handler'] as HandlerExtras;
    }
    listen(callback: () => void): void {
      callback();
    }
    close(): void {}
    on(): void {}
    unwrap(): never {
      throw new Error('nothing');
    }
  }
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
    strategy: new Collector(),
    logger: false,
  });
  await app.init();
  return directCallOf(handler!, app.get(ModulesContainer), config);
}

describe('a handler', () => {
  it('is called directly, on its controller, where nothing is bound to it', async () => {
    const call = (await directCallIn(Plain)) as (payload: unknown) => Promise<void>;
    await call('world');
    expect(calls).toEqual(['hello world']);
  });

  it.each([
    GuardOnMethod,
    GuardOnClass,
    InterceptorOnMethod,
    PipeOnClass,
    FilterOnMethod,
    ParameterOfItsOwn,
    OnePerRecord,
  ])('is called by Nest where there is a %o', async (controller) => {
    expect(await directCallIn(controller)).toBeUndefined();
  });

  it.each<[string, (config: ApplicationConfig) => void]>([
    ['guard', (config) => config.useGlobalGuards(new Guard())],
    ['interceptor', (config) => config.useGlobalInterceptors(new Interceptor())],
    ['pipe', (config) => config.useGlobalPipes(new Pipe())],
    ['filter', (config) => config.useGlobalFilters(new Filter())],
  ])('is called by Nest where a %s is global', async (_, bind) => {
    const config = new ApplicationConfig();
    bind(config);
    expect(await directCallIn(Plain, config)).toBeUndefined();
  });
});
