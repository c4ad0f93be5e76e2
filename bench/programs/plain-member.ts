/** A sign-up as tutorials write it: insert, then emit. Nothing ties the two together. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Body, Controller, Inject, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientKafka, ClientsModule, Transport } from '@nestjs/microservices';
import type { ClientProviderOptions } from '@nestjs/microservices';
import { logLevel } from 'kafkajs';
import pg from 'pg';
import { decorate } from './decorate.ts';
import { answer, optionsOf } from './program.ts';

export interface PlainOptions {
  readonly address: string;
  readonly topic: string;
  readonly databaseUrl: string;
  readonly smtpUrl: string;
}

const options = optionsOf<PlainOptions>();
const pool = new pg.Pool({ connectionString: options.databaseUrl, max: 20 });
await pool.query('CREATE TABLE IF NOT EXISTS plain_member (id uuid PRIMARY KEY, email text UNIQUE, name text)');

class Members {
  readonly #client: ClientKafka;

  constructor(client: ClientKafka) {
    this.#client = client;
  }

  async signUp({ email, name }: { email: string; name: string }): Promise<{ id: string }> {
    const id = randomUUID();
    await pool.query('INSERT INTO plain_member (id, email, name) VALUES ($1, $2, $3)', [id, email, name]);
    this.#client.emit(options.topic, { key: id, value: { memberId: id, email, name, locale: 'ko', signedUpAt: '' } });
    return { id };
  }
}
decorate(Members, 'signUp', Post());
Body()(Members.prototype, 'signUp', 0);
Inject('KAFKA')(Members, undefined, 0);
Controller('members')(Members);

const kafka: ClientProviderOptions = {
  name: 'KAFKA',
  transport: Transport.KAFKA,
  options: {
    client: { brokers: [options.address], clientId: 'plain', logLevel: logLevel.NOTHING },
    producerOnlyMode: true,
  },
};
class App {}
Module({ imports: [ClientsModule.register([kafka])], controllers: [Members] })(App);

const app = await NestFactory.create(App, { logger: false });
await app.get<ClientKafka>('KAFKA').connect();
await app.listen(0, '127.0.0.1');
answer({ url: await app.getUrl() });
