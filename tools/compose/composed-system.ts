import type { BrokerSetting } from '../stack/broker-access.ts';
import { databaseName } from '../stack/postgres/databases.ts';
import { ofService, SERVICES } from '../stack/services.ts';
import type { Compose } from './docker.ts';

/** Inside its container every service listens here. */
const SERVICE_PORT = 3000;

/** The services of the file that may be the broker, and where each listens for the host. One profile has one of them. */
const BROKERS: readonly (readonly string[])[] = [
  ['kafka'],
  ['kafka-1', 'kafka-2', 'kafka-3'],
  ['log-broker'],
  ['kafka-secure'],
  ['log-broker-secure'],
];
const BROKER_PORT = 9092;

/** The services of the file that may be the mail server. */
const MAIL_SERVERS: readonly string[] = ['maildev', 'maildev-secure'];

type Urls = Readonly<Record<string, string>>;

/** Where the parts of a composed system are, as the host sees them. Asked of it when it runs, for ports may have been chosen. */
export class ComposedSystem {
  readonly #urls: Urls;
  readonly #databaseUrls: Urls;
  /** Services of the file that are the broker: one, or three. */
  readonly brokerParts: readonly string[];
  readonly brokers: readonly string[];

  private constructor(urls: Urls, databaseUrls: Urls, brokerParts: readonly string[], brokers: readonly string[]) {
    this.#urls = urls;
    this.#databaseUrls = databaseUrls;
    this.brokerParts = brokerParts;
    this.brokers = brokers;
  }

  static async find(compose: Compose): Promise<ComposedSystem> {
    const running = new Set((await compose.run('ps', '--services', '--status', 'running')).split('\n'));
    const brokerParts = BROKERS.find((parts) => parts.some((part) => running.has(part)));
    const mailServer = MAIL_SERVERS.find((part) => running.has(part));
    if (brokerParts === undefined || mailServer === undefined || !SERVICES.every((service) => running.has(service))) {
      throw new Error('the composed system does not run: docker compose up -d --wait');
    }
    const port = (part: string, inside: number): Promise<string> => compose.run('port', part, String(inside));
    const [services, inbox, smtp, postgres] = await Promise.all([
      Promise.all(SERVICES.map(async (service) => [service, `http://${await port(service, SERVICE_PORT)}`] as const)),
      port(mailServer, 1080),
      port(mailServer, 1025),
      port('postgres', 5432),
    ]);
    const databases = await Promise.all(
      SERVICES.map(async (service) => {
        const role = databaseName(service);
        const password = await compose.run('exec', '-T', 'postgres', 'cat', `/run/secrets/${role}`);
        return [service, `postgres://${role}:${password}@${postgres}/${role}`] as const;
      }),
    );
    return new ComposedSystem(
      {
        ...Object.fromEntries(services),
        maildev: `http://${inbox}`,
        smtp: `smtp://${smtp}`,
      },
      Object.fromEntries(databases),
      brokerParts,
      await Promise.all(brokerParts.map((part) => port(part, BROKER_PORT))),
    );
  }

  get broker(): BrokerSetting {
    return { addresses: this.brokers, setting: 'docker compose' };
  }

  url(name: string): string {
    return ofService(this.#urls, name);
  }

  databaseUrl(name: string): string {
    return ofService(this.#databaseUrls, name);
  }
}
