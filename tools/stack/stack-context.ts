import type { BrokerAccess } from './broker-access.ts';
import type { MailFaultSwitch } from './mail-fault-switch.ts';
import type { PostgresSettlement } from './postgres/settle-postgres.ts';
import type { Ports } from './ports.ts';
import type { StackFileControl } from './stack-file.ts';

/** What the parts of one stack know of it and of each other. */
export interface StackContext {
  readonly dataFolder: string;
  readonly ports: Ports;
  /** The names of its services. */
  readonly services: readonly string[];
  readonly postgres: PostgresSettlement;
  readonly mailFaults: MailFaultSwitch;
  /** Laid over the environment of every service. */
  readonly serviceEnv: Readonly<Record<string, string>>;
  /** Laid over the environment of one part. */
  partEnv(part: string): Readonly<Record<string, string>>;
  /** Where its parts can be broken, if anywhere. */
  control(): StackFileControl | undefined;
  brokerAddress(): string;
  readonly brokerAccess: BrokerAccess;
  databaseUrl(service: string): string;
  adminUrl(): string;
}
