import { until } from '@event-bus/test-kit/until';
import { afterAll, beforeAll, expect, it } from 'vitest';
import pg from 'pg';
import { rmSync } from 'node:fs';
import { Stack } from '../tools/stack/start-stack.ts';
import { Customer } from './harness/customer.ts';
import { makeDataFolder } from './harness/data-folder.ts';

const MEMBERS = 60;

interface TakenText {
  readonly key: string;
  readonly to: string;
  /** With this key, since the gateway was started. */
  readonly requests: number;
}

let stack: Stack;
let ledger: pg.Client;

beforeAll(async () => {
  stack = new Stack({ dataFolder: await makeDataFolder(), ports: 'free', with: ['sms-service'] });
  await stack.start();
  ledger = new pg.Client({ connectionString: stack.databaseUrl('sms-service') });
  await ledger.connect();
});
afterAll(async () => {
  await ledger?.end();
  await stack.stop();
  rmSync(stack.dataFolder, { recursive: true, force: true });
});

const gatewayUrl = (path: string): string => `${stack.url('sms-gateway')}${path}`;
const texts = async (): Promise<TakenText[]> => (await fetch(gatewayUrl('/messages'))).json() as Promise<TakenText[]>;

async function setFault(fault: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { ok } = await fetch(gatewayUrl('/control/fault'), { method: 'PUT', headers, body: JSON.stringify(fault) });
  expect(ok).toBe(true);
}

async function killAndAwait(part: string): Promise<void> {
  await stack.part(part).kill('SIGKILL');
  await stack.part(part).ready;
}

it('each member gets one text, whatever is killed and however many answers are lost', async () => {
  const numbers = Array.from({ length: MEMBERS }, (_, index) => `+82101234${String(5000 + index)}`);
  const customer = new Customer((service) => stack.url(service));
  const signUp = (phone: string): Promise<unknown> =>
    customer.signUp({ email: `${phone.slice(1)}@example.com`, name: '김하늘', phone });

  // Texts are taken and not answered: the service does not know of any of them.
  await setFault({ kind: 'late', milliseconds: 5_000 });
  await Promise.all(numbers.slice(0, 30).map(signUp));
  await until('the gateway to have texts that it has not answered', async () => (await texts()).length >= 10);
  await stack.part('sms-service').kill('SIGKILL');
  await setFault({ kind: 'drop', times: 20 });
  await stack.part('sms-service').ready;
  await until('texts to be sent again', async () => (await texts()).some(({ requests }) => requests > 1));

  // The gateway itself is killed: it remembers keys, and forgets its fault.
  await Promise.all(numbers.slice(30).map(signUp));
  await killAndAwait('sms-gateway');
  await killAndAwait('sms-service');

  const accepted = await until('a text in the ledger for each member', async () => {
    const { rows } = await ledger.query<{ texts: number }>(
      `SELECT count(*)::integer AS texts FROM text_message WHERE status = 'accepted'`,
    );
    return rows[0]!.texts >= MEMBERS && rows[0]!.texts;
  });
  expect(accepted).toBe(MEMBERS);
  expect((await texts()).map(({ to }) => to).toSorted()).toEqual(numbers);
});
