import type { ServiceName } from '../../tools/stack/services.ts';

/** Where a system's parts are, as everybody outside it sees them. */
export interface Addresses {
  readonly memberService: string;
  readonly orderService: string;
  readonly mailService: string;
  /** Where it was started. */
  readonly console?: string;
  readonly inbox: string;
  readonly smtp: string;
  readonly brokers: readonly string[];
  readonly databases: Readonly<Record<ServiceName, string>>;
}

/** A system that runs already, in containers say. All of them, or none and one is started here. */
const VARIABLES = {
  memberService: 'E2E_MEMBER_URL',
  orderService: 'E2E_ORDER_URL',
  mailService: 'E2E_MAIL_URL',
  inbox: 'E2E_INBOX_URL',
  smtp: 'E2E_SMTP_URL',
  brokers: 'E2E_BROKERS',
  memberDatabase: 'E2E_MEMBER_DATABASE_URL',
  orderDatabase: 'E2E_ORDER_DATABASE_URL',
  mailDatabase: 'E2E_MAIL_DATABASE_URL',
} as const;

/** From the environment; undefined when it names none. */
export function givenAddresses(env: NodeJS.ProcessEnv = process.env): Addresses | undefined {
  const missing = Object.values(VARIABLES).filter((name) => !env[name]);
  if (missing.length === Object.keys(VARIABLES).length) return undefined;
  if (missing.length > 0) throw new Error(`to test a system that runs already, set also: ${missing.join(', ')}`);
  const given = (name: keyof typeof VARIABLES): string => env[VARIABLES[name]] ?? '';
  return {
    memberService: given('memberService'),
    orderService: given('orderService'),
    mailService: given('mailService'),
    inbox: given('inbox'),
    smtp: given('smtp'),
    brokers: given('brokers').split(','),
    databases: {
      'member-service': given('memberDatabase'),
      'order-service': given('orderDatabase'),
      'mail-service': given('mailDatabase'),
    },
  };
}
