import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KafkaSettings } from '@event-bus/messaging-client';
import { createCertificate } from '@event-bus/test-kit/certificate';
import { newPassword } from './postgres/create-cluster.ts';
import { CHECKOUT } from './spawn-node.ts';

/** A broker, with TLS and login as the settings of the services have them. */
export interface BrokerSetting extends Pick<KafkaSettings, 'tls' | 'sasl'> {
  readonly addresses: readonly string[];
  /** Where the addresses come from, named in the message when they are wrong. */
  readonly setting: string;
}

/** How the broker of a stack is reached. */
export interface BrokerAccess {
  /** Options of log-broker that make it listen there. */
  listenOptions(address: string): readonly string[];
  /** Settings of a client, by the names that they have for all services. */
  settingsOf(client: string, address: string): Readonly<Record<string, string>>;
  /** The same as the client's library takes them: reading settings would load the code of a service. */
  securityOf(client: string): Pick<KafkaSettings, 'tls' | 'sasl'>;
}

/** Without TLS and logins: all of it stays on this machine. */
export const OPEN_ACCESS: BrokerAccess = {
  listenOptions: (address) => ['--listen', address],
  settingsOf: (_client, address) => ({ KAFKA_BROKERS: address }),
  securityOf: () => ({}),
};

/** Longer than a stack runs: each start makes a new certificate. */
const CERTIFICATE_DAYS = 365;

const LOG_BROKER = join(CHECKOUT, 'packages', 'log-broker', 'bin', 'log-broker.mjs');

const run = promisify(execFile);

/** TLS, and a login of its own for each client: a new certificate and new passwords at each start, before the broker starts. */
export async function secureAccess(dataFolder: string, clients: readonly string[]): Promise<BrokerAccess> {
  const folder = join(dataFolder, 'secure');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [certFile, keyFile] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const { cert, key } = createCertificate({ days: CERTIFICATE_DAYS, subject: { CN: 'log-broker' } });
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key, { mode: 0o600 });

  const passwords = new Map(clients.map((client) => [client, newPassword()]));
  const data = join(dataFolder, 'log-broker');
  await Promise.all([...passwords].map(([client, password]) => addUser(data, client, password)));
  return {
    listenOptions: (address) => [
      ...['--listen', `SASL_SSL://${address}`, '--tls-cert', certFile, '--tls-key', keyFile],
      // PLAIN would send the password itself.
      ...['--sasl-mechanisms', 'SCRAM-SHA-512'],
    ],
    settingsOf: (client, address) => ({
      KAFKA_BROKERS: address,
      KAFKA_SSL_CA: certFile,
      KAFKA_SASL_USERNAME: client,
      KAFKA_SASL_PASSWORD: passwords.get(client)!,
    }),
    securityOf: (client) => ({
      tls: { ca: cert },
      sasl: { mechanism: 'scram-sha-512', username: client, password: passwords.get(client)! },
    }),
  };
}

async function addUser(data: string, name: string, password: string): Promise<void> {
  const adding = run(process.execPath, [LOG_BROKER, 'users', 'add', name, '--data', data]);
  adding.child.stdin?.end(`${password}\n`);
  await adding;
}
