import { Injectable } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { Consumers } from '../consume/consumers.ts';
import type { ConsumerHealth } from '../consume/consumer.ts';
import type { HandlerExtras } from '../handler/on-event.decorator.ts';
import { directCallOf } from './direct-call.ts';
import { nestHandler } from './nest-handler.ts';

/** Nest's transport for `@OnEvent` handlers: what Nest calls a server, on top of the consumers. */
@Injectable()
export class KafkaConsumerStrategy extends Server implements CustomTransportStrategy {
  /**
   * What is global for handlers; undefined where that is not known: an application with HTTP has one configuration for each
   * part, see `connectConsumer`.
   */
  config: ApplicationConfig | undefined;
  readonly #consumers: Consumers;
  readonly #modules: ModulesContainer;

  constructor(consumers: Consumers, modules: ModulesContainer, config: ApplicationConfig, http: HttpAdapterHost) {
    super();
    this.#consumers = consumers;
    this.#modules = modules;
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- a microservice has no adapter, whatever the type says
    if (!http.httpAdapter) this.config = config;
  }

  /** Called by Nest, for each `@OnEvent`. */
  override addHandler(
    name: string,
    callback: MessageHandler,
    isEvent = false,
    extras: Record<string, unknown> = {},
  ): void {
    const handler = extras['handler'] as HandlerExtras;
    const direct = this.config && directCallOf(handler, this.#modules, this.config);
    this.#consumers.addHandler(nestHandler(handler, callback, direct));
    // Nest would call every handler of an event as the first of them is called.
    if (this.getHandlerByPattern(name) === null) super.addHandler(name, callback, isEvent, extras);
  }

  /** Returns at once: an unavailable broker must not keep the service from starting. */
  listen(callback: () => void): void {
    this.#consumers.start((state) => this._status$.next(state));
    callback();
  }

  /**
   * Drains what is in flight, commits it, leaves the group.
   * @returns how many handlers were still running when DRAIN_MS_MAX was over; their records come again
   */
  close(): Promise<number> {
    return this.#consumers.stop();
  }

  /** Of all consumer groups of the service together. */
  health(): ConsumerHealth {
    return this.#consumers.health();
  }

  on(): never {
    throw new Error('listen to MessageEvents instead');
  }

  unwrap<T>(): T {
    return this.#consumers.all[0]!.membership as T;
  }
}
