import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKOUT } from '../tools/stack/spawn-node.ts';
import { Stack } from '../tools/stack/start-stack.ts';
import { Customer } from './harness/customer.ts';
import { makeDataFolder } from './harness/data-folder.ts';
import { Inbox } from './harness/inbox.ts';
import { runOrThrow } from './harness/user-commands.ts';

/** Bits of a file's mode: what its group and all others may do. */
const OTHERS_MAY = 0o077;

describe('npm start -- --secure', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = new Stack({ dataFolder: await makeDataFolder(), ports: 'free', secure: true, hasConsole: true });
    await stack.start();
  });
  afterAll(async () => {
    await stack?.stop();
    rmSync(stack.dataFolder, { recursive: true, force: true });
  });

  const topicsSeenBy = async (config: Pick<KafkaConfig, 'ssl' | 'sasl'>): Promise<string[]> => {
    const brokers = [stack.brokerAddress];
    const admin = new Kafka({ brokers, ...config, retry: { retries: 0 }, logLevel: logLevel.NOTHING }).admin();
    try {
      await admin.connect();
      return await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  };
  const authority = (): { ca: string } => ({ ca: stack.broker.tls!.ca! });

  it('a sign-up becomes a mail, also when the broker was killed meanwhile', async () => {
    const customer = new Customer((service) => stack.url(service));
    const inbox = new Inbox(stack.url('maildev'));
    await customer.signUp({ email: 'before@secure.example.com', name: '이하나' });
    await inbox.awaitMail({ to: 'before@secure.example.com' });
    await stack.part('log-broker').kill('SIGKILL');
    await customer.signUp({ email: 'after@secure.example.com', name: '이두리' });
    await inbox.awaitMail({ to: 'after@secure.example.com' });
  });

  it('who does not encrypt, does not log in, or has a wrong password is not let in', async () => {
    await expect(topicsSeenBy({})).rejects.toThrow(/[Cc]losed|ECONNRESET|disconnected/);
    await expect(topicsSeenBy({ ssl: authority() })).rejects.toThrow(/[Cc]losed|ECONNRESET|disconnected|SASL/);
    const login = { mechanism: 'scram-sha-512', username: 'mail-service', password: 'a guess' } as const;
    await expect(topicsSeenBy({ ssl: authority(), sasl: login })).rejects.toThrow(/[Aa]uthentication/);
  });

  it('the console and the tools log in, too', async () => {
    const topics: unknown = await (await fetch(`${stack.url('console')}/api/topics`)).json();
    expect(JSON.stringify(topics)).toContain('"member"');
    const groups = await runOrThrow(CHECKOUT, ['npm', 'run', 'bus', '--', 'groups', '--stack', stack.dataFolder]);
    expect(groups).toContain('mail-service');
  });

  it('keys and passwords are for the eyes of the owner', () => {
    for (const file of ['stack.json', 'secure/server.key']) {
      expect(statSync(join(stack.dataFolder, file)).mode & OTHERS_MAY, file).toBe(0);
    }
  });
});
