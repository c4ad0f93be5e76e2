import { Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ComposedSystem } from '../../tools/compose/composed-system.ts';
import { Compose, docker } from '../../tools/compose/docker.ts';
import { DATABASES } from '../../tools/stack/postgres/databases.ts';
import { Customer } from '../harness/customer.ts';
import { Inbox } from '../harness/inbox.ts';
import { until } from '@event-bus/test-kit/until';

const project = process.env['E2E_COMPOSE_PROJECT'] ?? '';
const compose = new Compose({ project });

/** A JVM starts, while everything else starts, too. */
const READY_WITHIN_MS = 120_000;

/** One more instance of a service, with a wrong setting. */
const ASTRAY = `${project}-astray`;

interface Checks {
  readonly [name: string]: { readonly ready: boolean; readonly detail?: string } | undefined;
}

let system: ComposedSystem;
let customer: Customer;
let inbox: Inbox;
/** Everybody who shows a certificate. */
let servers: readonly string[];

beforeAll(async () => {
  system = await ComposedSystem.find(compose);
  customer = new Customer((service) => system.url(service));
  inbox = new Inbox(system.url('maildev'));
  servers = [...system.brokerParts, 'postgres', 'maildev-secure'];
});
afterEach(() => docker('rm', '--force', ASTRAY));

async function expectSignUpToBecomeMail(email: string): Promise<void> {
  await customer.signUp({ email, name: '이하나' });
  await inbox.awaitMail({ to: email });
}

/** The readiness of a container, read from within: it may publish no port. */
function checksOf(container: string): Checks {
  const script = "fetch('http://127.0.0.1:3000/health/ready').then(async (answer) => console.log(await answer.text()))";
  return (JSON.parse(docker('exec', container, 'node', '--eval', script)) as { checks: Checks }).checks;
}

async function expectProblem(container: string, check: string, problem: string): Promise<void> {
  const look = async (): Promise<boolean> => {
    const found = checksOf(container)[check];
    if (found?.ready !== false || !found.detail?.includes(problem)) throw new Error(JSON.stringify(found));
    return true;
  };
  await until(`${check} of ${container} to report: ${problem}`, look, READY_WITHIN_MS);
}

/** Without `--wait`, which gives up at once on a container that is still unhealthy from before. */
async function untilReady(): Promise<void> {
  await compose.run('up', '--detach', '--no-recreate');
  const areHealthy = async (): Promise<boolean> => {
    const states = (await compose.run('ps', '--format', '{{.Service}} {{.Health}}')).trim().split('\n');
    const waiting = states.filter((state) => /(unhealthy|starting)$/.test(state));
    if (waiting.length > 0) throw new Error(waiting.join(', '));
    return true;
  };
  await until('every container to be healthy', areHealthy, READY_WITHIN_MS);
}

describe('with TLS and logins everywhere', () => {
  it('a sign-up becomes a mail', async () => {
    await expectSignUpToBecomeMail('hana@secure.example.com');
  });

  it('every connection of a service to its database is encrypted', async () => {
    const sql = `SELECT DISTINCT usename || ' ' || ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL ORDER BY 1`;
    const found = await compose.run('exec', '-T', 'postgres', 'psql', '-U', 'postgres', '-Atc', sql);
    expect(found.split('\n')).toEqual(DATABASES.map((name) => `${name} true`).toSorted());
  });

  it('who does not encrypt, or does not log in, is not let in', async () => {
    const url = `${system.databaseUrl('member-service').replace(/@[^/]+/, '@postgres:5432')}?sslmode=disable`;
    await expect(compose.run('exec', '-T', 'postgres', 'psql', url, '-c', 'SELECT 1')).rejects.toThrow('no encryption');

    const retry = { retries: 0 };
    for (const ssl of [false, { rejectUnauthorized: false }]) {
      const kafka = new Kafka({ brokers: [...system.brokers], ssl, retry, logLevel: logLevel.NOTHING });
      const admin = kafka.admin();
      await expect(admin.connect().then(() => admin.listTopics())).rejects.toThrow(/connection/i);
      await admin.disconnect();
    }
  });
});

describe('a service with a wrong setting is live, not ready, and reports why', () => {
  const caFile = '/run/secrets/ca.crt';
  const databaseUrl = `postgres://mail_service:wrong@postgres:5432/mail_service?sslmode=verify-full&sslrootcert=${caFile}`;

  it.each([
    ['member-service', 'KAFKA_SASL_PASSWORD', 'wrong', 'broker', 'the broker rejected our login'],
    ['mail-service', 'KAFKA_SASL_PASSWORD', 'wrong', 'consumer', 'uthentication failed'],
    ['mail-service', 'KAFKA_SSL_CA', 'system', 'broker', 'certificate verification failed'],
    ['mail-service', 'DATABASE_URL', databaseUrl, 'database', 'password authentication failed'],
    ['mail-service', 'SMTP_SSL_CA', 'system', 'smtp', 'rejected: unable to verify'],
  ])('%s with another %s', async (service, variable, value, check, problem) => {
    await compose.run('run', '--detach', '--no-deps', '--name', ASTRAY, '--env', `${variable}=${value}`, service);
    await expectProblem(ASTRAY, check, problem);
    expect(docker('inspect', '--format', '{{.State.Status}} {{.RestartCount}}', ASTRAY)).toBe('running 0');
  });
});

describe('certificates that have expired', () => {
  it('are reported by every check, and once they are renewed everything goes on', async () => {
    await compose.run('run', '--rm', '--no-deps', '--env', 'CERTIFICATE_DAYS=0', 'certificates');
    await compose.run('restart', ...servers, 'mail-service');
    const container = await compose.run('ps', '--all', '--quiet', 'mail-service');
    for (const check of ['database', 'broker', 'smtp'])
      await expectProblem(container, check, 'certificate has expired');

    await compose.run('run', '--rm', '--no-deps', 'certificates');
    await compose.run('restart', ...servers);
    await untilReady();
    await expectSignUpToBecomeMail(`duri-${process.pid}@secure.example.com`);
  });
});
