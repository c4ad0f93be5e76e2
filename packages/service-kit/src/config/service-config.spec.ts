import { expect, it } from 'vitest';
import { z } from 'zod';
import { exampleSettings } from '../testing/example-settings.ts';
import { loadConfig } from './load-config.ts';
import { serviceConfig } from './service-config.ts';

const env = serviceConfig({
  SENDER: z.string().meta({ description: 'Who sends.', example: 'me' }),
  COLOUR: z.string().optional().meta({ description: 'Of the page.', example: 'red' }),
});

it('a service has the settings that every service has, and its own', () => {
  const config = loadConfig('note-service', env, exampleSettings(env));
  expect(config).toMatchObject({ SENDER: 'me', HTTP_PORT: 0, KAFKA_BROKERS: ['127.0.0.1:1'], LOG_LEVEL: 'silent' });
  expect(config).not.toHaveProperty('COLOUR');
});

it('half a login to the brokers is a problem of every service, also of one without settings of its own', () => {
  const settings = { ...exampleSettings(serviceConfig()), KAFKA_SASL_USERNAME: 'me' };
  expect(() => loadConfig('note-service', serviceConfig(), settings)).toThrow(/KAFKA_SASL_PASSWORD +is missing/);
});

it('a required setting without an example is refused where an example is needed', () => {
  expect(() => exampleSettings(serviceConfig({ SENDER: z.string() }))).toThrow('SENDER has no example');
});
