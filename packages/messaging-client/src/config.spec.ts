import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { kafkaLoginIsComplete, kafkaSettings, messagingEnv } from './config.ts';

const schema = z.object(messagingEnv).check(kafkaLoginIsComplete);
const settingsOf = (env: Record<string, string>) => kafkaSettings(schema.parse({ KAFKA_BROKERS: 'a:1, b:2', ...env }));
const problemsOf = (env: Record<string, string>) =>
  schema
    .safeParse({ KAFKA_BROKERS: 'a:1', ...env })
    .error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`);

const file = join(tmpdir(), `authority-${process.pid}.crt`);
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
afterAll(() => rmSync(file, { force: true }));

describe('kafkaSettings', () => {
  it('has no encryption and no login unless configured', () => {
    expect(settingsOf({})).toEqual({
      driver: 'kafkajs',
      brokers: ['a:1', 'b:2'],
      replicationFactor: -1,
    });
  });

  it('trusts the authority in a file, or those that Node knows', () => {
    writeFileSync(file, pem);
    expect(settingsOf({ KAFKA_SSL_CA: file }).tls).toEqual({ ca: pem });
    expect(settingsOf({ KAFKA_SSL_CA: 'system' }).tls).toEqual({});
  });

  it('logs in by SCRAM', () => {
    expect(settingsOf({ KAFKA_SASL_USERNAME: 'me', KAFKA_SASL_PASSWORD: 'secret' }).sasl).toEqual({
      mechanism: 'scram-sha-512',
      username: 'me',
      password: 'secret',
    });
  });
});

describe('a mistake in the settings', () => {
  it('is found at the start: a file that is not there, or is something else', () => {
    expect(problemsOf({ KAFKA_SSL_CA: '/not/there.crt' })).toEqual(['KAFKA_SSL_CA cannot be read (ENOENT)']);
    expect(problemsOf({ KAFKA_SSL_CA: join(import.meta.dirname, 'index.ts') })).toEqual([
      'KAFKA_SSL_CA must name a PEM file with certificates',
    ]);
  });

  it('is found at the start: half a login', () => {
    expect(problemsOf({ KAFKA_SASL_USERNAME: 'me' })).toEqual(['KAFKA_SASL_PASSWORD is missing']);
    expect(problemsOf({ KAFKA_SASL_PASSWORD: 'secret' })).toEqual(['KAFKA_SASL_USERNAME is missing']);
  });
});
