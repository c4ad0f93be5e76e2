import { SERVICES } from '../../tools/stack/services.ts';

/** Where a system's parts are, as clients outside it see them. */
export interface Addresses {
  /** By the name of the service. */
  readonly services: Readonly<Record<string, string>>;
  /** Where it was started. */
  readonly console?: string;
  readonly inbox: string;
  readonly smtp: string;
  readonly brokers: readonly string[];
  /** By the name of the service. */
  readonly databases: Readonly<Record<string, string>>;
}

/** `E2E_ORDER_SERVICE_URL` */
const urlVariable = (service: string): string => `E2E_${service.toUpperCase().replaceAll('-', '_')}_URL`;
/** `E2E_ORDER_SERVICE_DATABASE_URL` */
const databaseVariable = (service: string): string => urlVariable(`${service}-database`);

/** A system that runs already, in containers say. All of them, or none and one is started here. */
const VARIABLES = [
  ...SERVICES.flatMap((service) => [urlVariable(service), databaseVariable(service)]),
  ...['E2E_INBOX_URL', 'E2E_SMTP_URL', 'E2E_BROKERS'],
];

/** From the environment; undefined when it names none. */
export function givenAddresses(env: NodeJS.ProcessEnv = process.env): Addresses | undefined {
  const missing = VARIABLES.filter((name) => !env[name]);
  if (missing.length === VARIABLES.length) return undefined;
  if (missing.length > 0) throw new Error(`to test a system that runs already, set also: ${missing.join(', ')}`);
  const given = (name: string): string => env[name] ?? '';
  return {
    services: Object.fromEntries(SERVICES.map((service) => [service, given(urlVariable(service))])),
    inbox: given('E2E_INBOX_URL'),
    smtp: given('E2E_SMTP_URL'),
    brokers: given('E2E_BROKERS').split(','),
    databases: Object.fromEntries(SERVICES.map((service) => [service, given(databaseVariable(service))])),
  };
}

/** The services and their databases, as something that knows each of them has them. */
export function addressesOfServices(system: {
  url(service: string): string;
  databaseUrl(service: string): string;
}): Pick<Addresses, 'services' | 'databases'> {
  return {
    services: Object.fromEntries(SERVICES.map((service) => [service, system.url(service)])),
    databases: Object.fromEntries(SERVICES.map((service) => [service, system.databaseUrl(service)])),
  };
}
