import pg from 'pg';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, giveBackPort } from '../../tools/stack/find-free-port.ts';
import { awaitPostgres } from '../../tools/stack/postgres/await-postgres.ts';
import { createCluster, SUPERUSER } from '../../tools/stack/postgres/create-cluster.ts';
import { runPostgres } from '../../tools/stack/postgres/run-postgres.ts';
import { makePrivateFolder, settlePostgres } from '../../tools/stack/postgres/settle-postgres.ts';
import { startLogBroker } from './log-broker.ts';

/** A broker that both sides of a bench use, or one of two that are compared. */
export interface Broker {
  readonly name: 'log-broker' | 'Apache Kafka';
  readonly address: string;
}

/** What benches share. Started when first needed, ended together. */
export interface Resources {
  /** log-broker always; Apache Kafka when KAFKA_BOOTSTRAP is given. */
  brokers(): Promise<Broker[]>;
  /** An empty database of a PostgreSQL that keeps what it commits: fsync is on. */
  createDatabase(): Promise<string>;
  /** Called at the end, also of a bench that failed. */
  atEnd(close: () => Promise<void>): void;
}

export class SharedResources implements Resources, AsyncDisposable {
  readonly #closers: Array<() => Promise<void>> = [];
  #brokers: Promise<Broker[]> | undefined;
  #postgres: Promise<string> | undefined;
  #databases = 0;

  brokers(): Promise<Broker[]> {
    return (this.#brokers ??= this.#startBrokers());
  }

  async createDatabase(): Promise<string> {
    const server = await (this.#postgres ??= this.#startPostgres());
    const name = `bench_${++this.#databases}`;
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
    return server.replace(/[^/]*$/, name);
  }

  atEnd(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.toReversed()) await close();
  }

  async #startBrokers(): Promise<Broker[]> {
    const ours = await startLogBroker();
    this.atEnd(() => ours.stop());
    const kafka = process.env['KAFKA_BOOTSTRAP'];
    const brokers: Broker[] = [{ name: 'log-broker', address: ours.address }];
    if (kafka !== undefined) brokers.push({ name: 'Apache Kafka', address: kafka });
    return brokers;
  }

  async #startPostgres(): Promise<string> {
    const settlement = await settlePostgres();
    const folder = await makePrivateFolder(tmpdir(), `event-bus-bench-postgres-${process.pid}-`, settlement.user);
    const dataFolder = join(folder, 'data');
    const passwords = await createCluster(dataFolder, settlement);
    const port = await findFreePort();
    const server = runPostgres(settlement, { dataFolder, port, stdio: 'ignore' });
    const ended = new AbortController();
    server.once('close', () => ended.abort(new Error('PostgreSQL ended')));
    this.atEnd(async () => {
      server.kill('SIGINT');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'close');
      giveBackPort(port);
      rmSync(folder, { recursive: true, force: true });
    });
    const url = `postgres://${SUPERUSER}:${passwords[SUPERUSER]}@127.0.0.1:${port}/postgres`;
    await awaitPostgres(url, ended.signal);
    return url;
  }
}
