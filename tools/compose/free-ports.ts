import { findFreePort } from '../stack/find-free-port.ts';

/** The variables of docker-compose.yml for what the host sees. */
const PORTS = [
  'MEMBER_SERVICE_PORT',
  'ORDER_SERVICE_PORT',
  'MAIL_SERVICE_PORT',
  'MAIL_SERVICE_2_PORT',
  'MAIL_SERVICE_3_PORT',
  'POSTGRES_PORT',
  'SMTP_PORT',
  'INBOX_PORT',
  'KAFKA_PORT',
  'LOG_BROKER_HEALTH_PORT',
  'KAFKA_1_PORT',
  'KAFKA_2_PORT',
  'KAFKA_3_PORT',
];

/** For a composed system beside whatever else is running. */
export async function freePorts(): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(PORTS.map(async (port) => [port, String(await findFreePort())])));
}
