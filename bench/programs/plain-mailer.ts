/** A mail service as tutorials write it: an event pattern that calls sendMail. */
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { logLevel } from 'kafkajs';
import { createTransport } from 'nodemailer';
import { welcomeMail } from '../../apps/mail-service/src/welcome-mail/welcome-mail.template.ts';
import { decorate } from './decorate.ts';
import type { PlainOptions } from './plain-member.ts';
import { answer, closeWith, optionsOf } from './program.ts';

const { address, topic, smtpUrl } = optionsOf<PlainOptions>();
const transport = createTransport({ url: smtpUrl, pool: true, maxConnections: 10 });

class Mailer {
  async send(member: Parameters<typeof welcomeMail>[0]): Promise<void> {
    const to = { name: member.name, address: member.email };
    await transport.sendMail({ from: 'Event Bus <no-reply@event-bus.example>', to, ...welcomeMail(member) });
  }
}
decorate(Mailer, 'send', EventPattern(topic) as MethodDecorator);
Payload()(Mailer.prototype, 'send', 0);
Controller()(Mailer);

class App {}
Module({ controllers: [Mailer] })(App);

const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
  transport: Transport.KAFKA,
  options: {
    client: { brokers: [address], clientId: 'plain', logLevel: logLevel.NOTHING },
    consumer: { groupId: `plain-${topic}`, sessionTimeout: 6_000, heartbeatInterval: 1_000 },
    subscribe: { fromBeginning: true },
    run: { partitionsConsumedConcurrently: 3 },
  },
  logger: false,
});
await app.listen();
closeWith(() => app.close());
answer({ ready: true });
