import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { kafkaLoginIsComplete, kafkaSettings, messagingEnv } from '@event-bus/messaging-client';
import { z } from 'zod';
import type { BrokerSetting } from '../stack/broker-access.ts';
import { databaseName } from '../stack/postgres/databases.ts';
import { SERVICES } from '../stack/services.ts';
import { CHECKOUT } from '../stack/spawn-node.ts';
import { readStackFile } from '../stack/stack-file.ts';
import type { Given } from './given.ts';
import { badUsage } from './problem.ts';

export interface DatabaseSetting {
  readonly service: string;
  readonly url: string;
  readonly setting: string;
}

const ENV_DATABASE = 'BUS_DATABASE_';

/** Addresses: by options, else by the environment, else of the running `npm start`. Only those that a command needs are checked. */
export class Settings {
  readonly #given: Given;
  readonly #env: NodeJS.ProcessEnv;
  readonly #dataFolder: string;

  constructor(given: Given, env: NodeJS.ProcessEnv) {
    this.#given = given;
    this.#env = env;
    this.#dataFolder = resolve(given.text('stack') ?? join(CHECKOUT, '.data'));
  }

  /** @throws BusProblem when no broker is given, or an address is invalid */
  broker(): BrokerSetting {
    const typed = this.#given.text('brokers');
    if (typed !== undefined) return brokerSetting({ ...this.#env, KAFKA_BROKERS: typed }, '--brokers');
    if (this.#env['KAFKA_BROKERS']) return brokerSetting(this.#env, 'KAFKA_BROKERS');
    const { broker } = readStackFile(this.#dataFolder);
    if (broker !== undefined) return brokerSetting({ ...this.#env, ...broker }, `${this.#dataFolder}/stack.json`);
    throw badUsage(
      'no broker is given, and npm start is not running',
      'Run npm start, or set --brokers host:port or KAFKA_BROKERS.',
    );
  }

  /** Every database that is given, by the name of its service. */
  databases(): Map<string, DatabaseSetting> {
    const found = new Map<string, DatabaseSetting>();
    for (const database of [...this.#databasesOfDemo(), ...this.#databasesOfEnv(), ...this.#databasesTyped()]) {
      found.set(database.service, database);
    }
    return found;
  }

  /**
   * Those of a command: the named one, or all.
   * @throws BusProblem when there is none
   */
  databasesOf(service: string | undefined): DatabaseSetting[] {
    const known = this.databases();
    if (service === undefined && known.size > 0) return [...known.values()];
    const one = service === undefined ? undefined : known.get(service);
    if (one !== undefined) return [one];
    const names = [...known.keys()].join(', ') || 'none';
    throw badUsage(
      service === undefined
        ? 'no database is given, and npm start is not running'
        : `no database of ${service} is given`,
      `Given: ${names}. Run npm start, or set --database ${service ?? 'SERVICE'}=postgres://….`,
    );
  }

  #databasesTyped(): DatabaseSetting[] {
    return this.#given.list('database').map((text) => {
      const [, service, url] = /^([a-z][a-z0-9-]*)=(postgres(?:ql)?:\/\/.+)$/.exec(text) ?? [];
      if (service !== undefined && url !== undefined) return { service, url, setting: '--database' };
      // The text may hold a password, so it is not repeated.
      throw badUsage(
        '--database is not SERVICE=URL',
        'Example: --database mail-service=postgres://user:…@host:5432/mail.',
      );
    });
  }

  #databasesOfEnv(): DatabaseSetting[] {
    return Object.entries(this.#env).flatMap(([name, url]) => {
      if (!name.startsWith(ENV_DATABASE) || !url) return [];
      const service = name.slice(ENV_DATABASE.length).toLowerCase().replaceAll('_', '-');
      return [{ service, url, setting: name }];
    });
  }

  #databasesOfDemo(): DatabaseSetting[] {
    const postgres = readStackFile(this.#dataFolder).parts.find(({ name }) => name === 'postgres')?.address;
    const passwordFile = join(this.#dataFolder, 'passwords.json');
    if (postgres === undefined || !existsSync(passwordFile)) return [];
    const passwords = JSON.parse(readFileSync(passwordFile, 'utf8')) as Record<string, string>;
    return SERVICES.flatMap((service) => {
      const name = databaseName(service);
      const password = passwords[name];
      if (password === undefined) return [];
      return [
        {
          service,
          url: `postgres://${name}:${password}@${postgres}/${name}`,
          setting: `${this.#dataFolder}/stack.json`,
        },
      ];
    });
  }
}

/**
 * How a broker is reached, from the settings of a service.
 * @param setting where the addresses come from @throws BusProblem when a setting is invalid
 */
function brokerSetting(env: Readonly<NodeJS.ProcessEnv>, setting: string): BrokerSetting {
  const addresses = addressesOf(setting, env['KAFKA_BROKERS'] ?? '');
  const read = z.object(messagingEnv).check(kafkaLoginIsComplete).safeParse(env);
  if (read.success) {
    const { tls, sasl } = kafkaSettings(read.data);
    return { addresses, setting, tls, sasl };
  }
  const [issue] = read.error.issues;
  throw badUsage(
    `${String(issue?.path[0])} ${issue?.message}`,
    'The settings are those of the services; see .env.example.',
  );
}

function addressesOf(setting: string, text: string): string[] {
  const addresses = text.split(',').map((one) => one.trim());
  const wrong = addresses.find((one) => !/^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i.test(one));
  if (wrong === undefined) return addresses;
  throw badUsage(`${setting}: "${wrong}" is not host:port`, 'Example: localhost:9092; separate several by commas.');
}
