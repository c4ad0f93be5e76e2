/** Nest's own Kafka transport at its best setting: all partitions at once. It does not validate. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { logLevel } from 'kafkajs';
import { PARTITIONS } from '../harness/note-taken.ts';
import type { Note } from '../harness/note-taken.ts';
import { decorate } from './decorate.ts';
import { optionsOf } from './program.ts';
import { RecordCounter } from './record-counter.ts';
import type { ConsumeOptions } from './record-counter.ts';

const options = optionsOf<ConsumeOptions>();
const counter = new RecordCounter(options);

class Handler {
  async handle(note: Note): Promise<void> {
    counter.started(note);
    if (options.handlerMs > 0) await delay(options.handlerMs);
    counter.finished(note);
  }
}
decorate(Handler, 'handle', EventPattern(options.topic) as MethodDecorator);
Payload()(Handler.prototype, 'handle', 0);
Controller()(Handler);

class App {}
Module({ controllers: [Handler] })(App);

const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
  transport: Transport.KAFKA,
  options: {
    client: { brokers: [options.address], clientId: 'nest', logLevel: logLevel.NOTHING },
    consumer: { groupId: `nest-${randomUUID()}` },
    subscribe: { fromBeginning: true },
    run: { partitionsConsumedConcurrently: PARTITIONS },
  },
  logger: false,
});
await app.listen();
