import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificate } from '@event-bus/test-kit/certificate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressText } from '../../src/config.ts';
import { startBroker } from '../../src/index.ts';
import type { RunningBroker } from '../../src/index.ts';
import { SASL_MECHANISMS } from '../../src/security/logins.ts';
import { temporaryFolder } from '../broker-process.ts';
import { writeTlsFiles } from '../tls-files.ts';
import { HAS_KAFKA_TOOLS, kafkaTool } from './kafka-tools.ts';
import { isOnPath, runCommand } from './run-command.ts';

// kafkajs and @platformatic/kafka log in in logins.int.spec.ts and tls.int.spec.ts.

const PASSWORD = 'correct horse, battery=staple';

/** A JVM takes a second or two to start, more on a busy machine. */
const SLOW = 240_000;

type Settings = Readonly<Record<string, string>>;

const authority = createCertificate({ subject: { CN: 'authority' } });
const client = createCertificate({ authority, subject: { CN: 'reports' } });
let folder: ReturnType<typeof temporaryFolder>;
let [authorityFile, keyFile, certFile, pairFile] = ['', '', '', ''];
let broker: RunningBroker;
let byLogin: string;
let byCertificate: string;

beforeAll(async () => {
  folder = temporaryFolder();
  [authorityFile, keyFile, certFile, pairFile] = ['ca.crt', 'client.key', 'client.crt', 'client.pem'].map((name) =>
    join(folder.path, name),
  ) as [string, string, string, string];
  const tls = writeTlsFiles(folder.path, createCertificate({ authority }), authority);
  writeFileSync(keyFile, client.key);
  writeFileSync(certFile, client.cert);
  writeFileSync(pairFile, client.key + client.cert);
  broker = await startBroker({
    listen: [
      { port: 0, security: 'SASL_SSL', tls: { certFile: tls.certFile, keyFile: tls.keyFile } },
      { port: 0, security: 'SSL', tls },
    ],
    users: { alice: PASSWORD },
  });
  [byLogin, byCertificate] = broker.addresses.map(addressText) as [string, string];
});
afterAll(async () => {
  await broker.close();
  folder.remove();
});

describe.skipIf(!HAS_KAFKA_TOOLS)("Kafka's own tools (need java and KAFKA_LIBS)", { timeout: SLOW }, () => {
  const trust = (): Settings => ({ 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': authorityFile });
  const login = (mechanism: string, password = PASSWORD): Settings => ({
    ...trust(),
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': mechanism,
    'sasl.jaas.config': `org.apache.kafka.common.security.${
      mechanism === 'PLAIN' ? 'plain.Plain' : 'scram.Scram'
    }LoginModule required username="alice" password="${password}";`,
  });

  /** @returns the options of a tool that connects so */
  function connectTo(address: string, settings: Settings): string[] {
    const file = join(folder.path, 'client.properties');
    writeFileSync(
      file,
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    return ['--bootstrap-server', address, '--command-config', file];
  }

  async function expectToSendAndReceive(topic: string, at: readonly string[]): Promise<void> {
    await kafkaTool('org.apache.kafka.tools.ConsoleProducer', [...at, '--topic', topic], 'one\ntwo');
    const read = ['--topic', topic, '--group', topic, '--from-beginning', '--max-messages', '2'];
    const received = await kafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [...at, ...read]);
    expect(received.trim().split('\n').toSorted()).toEqual(['one', 'two']);
  }

  it.each(SASL_MECHANISMS)('send and receive after a login by %s', async (mechanism) => {
    await expectToSendAndReceive(`java-${mechanism}`, connectTo(byLogin, login(mechanism)));
  });

  it('send and receive with a certificate of their own', async () => {
    const settings = {
      ...trust(),
      'security.protocol': 'SSL',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': pairFile,
    };
    await expectToSendAndReceive('java-certificate', connectTo(byCertificate, settings));
  });

  it('report a wrong password as what it is', async () => {
    const at = connectTo(byLogin, login('SCRAM-SHA-512', 'a guess'));
    await expect(kafkaTool('org.apache.kafka.tools.TopicCommand', [...at, '--list'])).rejects.toThrow(
      'Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512',
    );
  });
});

const HAS_KCAT = isOnPath('kcat');
const REPEATS_NONCE =
  HAS_KCAT && /librdkafka ([01]\.|2\.[0-5]\.|2\.6\.0)/.test(execFileSync('kcat', ['-V'], { encoding: 'utf8' }));

describe.skipIf(!HAS_KCAT)('kcat, by librdkafka (needs the command kcat)', () => {
  const kcat = (address: string, settings: Settings, args: readonly string[], input = ''): Promise<string> => {
    const all = { 'ssl.ca.location': authorityFile, ...settings };
    return runCommand(
      'kcat',
      ['-b', address, ...Object.entries(all).flatMap((one) => ['-X', one.join('=')]), ...args],
      input,
    );
  };
  const login = (mechanism: string, password = PASSWORD): Settings => ({
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': mechanism,
    'sasl.username': 'alice',
    'sasl.password': password,
  });

  async function expectToSendAndReceive(topic: string, address: string, settings: Settings): Promise<void> {
    await kcat(address, settings, ['-P', '-t', topic], 'one\ntwo\n');
    expect(await kcat(address, settings, ['-C', '-q', '-t', topic, '-e'])).toBe('one\ntwo\n');
  }

  it('sends and receives after a login by PLAIN', async () => {
    await expectToSendAndReceive('kcat-PLAIN', byLogin, login('PLAIN'));
  });

  // Until 2.6.1 librdkafka repeated its nonce in the last message, which RFC 5802 and Kafka 4 refuse
  // (confluentinc/librdkafka#4895).
  describe.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'])('with a login by %s', (mechanism) => {
    it.skipIf(REPEATS_NONCE)('sends and receives (needs librdkafka 2.6.1)', async () => {
      await expectToSendAndReceive(`kcat-${mechanism}`, byLogin, login(mechanism));
    });

    it.runIf(REPEATS_NONCE)('is refused when it repeats its nonce, and says why', async () => {
      await expect(kcat(byLogin, login(mechanism), ['-L'])).rejects.toThrow('Invalid client nonce');
    });
  });

  it('sends and receives with a certificate of its own', async () => {
    await expectToSendAndReceive('kcat-certificate', byCertificate, {
      'security.protocol': 'SSL',
      'ssl.certificate.location': certFile,
      'ssl.key.location': keyFile,
    });
  });

  it('reports a wrong password as what it is', async () => {
    await expect(kcat(byLogin, login('SCRAM-SHA-512', 'a guess'), ['-L'])).rejects.toThrow(/[Aa]uthentication fail/);
  });
});
