import type { INestApplication } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { KafkaConsumerStrategy } from './kafka-consumer.strategy.ts';

/**
 * Connects the consumer to an application that does something else as well, such as HTTP. What is global in the application
 * (`APP_GUARD`, `useGlobalPipes()` …) is not global in the consumer, as with Nest's `connectMicroservice()`.
 */
export function connectConsumer(app: INestApplication): KafkaConsumerStrategy {
  const consumer = app.get(KafkaConsumerStrategy);
  consumer.config = new ApplicationConfig();
  app.connectMicroservice({ strategy: consumer });
  return consumer;
}
