import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from './load-config.ts';
import { ConfigError } from './read-config.ts';
import { serviceEnv } from './service-env.ts';

const schema = z.object(serviceEnv);
const good = { HTTP_PORT: '3001', DATABASE_URL: 'postgres://me:secret@127.0.0.1:5432/members' };

function problemsOf(env: Record<string, string>): string {
  try {
    loadConfig('member-service', schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no problem';
}

describe('loadConfig', () => {
  it('gives numbers as numbers, and defaults for what is not set', () => {
    expect(loadConfig('member-service', schema, good)).toEqual({
      ...good,
      HTTP_PORT: 3001,
      HTTP_HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      LOG_PERSONAL_DATA: false,
      SHUTDOWN_TIMEOUT_MS: 20_000,
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_SAMPLER_ARG: 1,
    });
  });

  it('lists every problem at once: the variable, what is wrong, an example', () => {
    const problems = problemsOf({ HTTP_PORT: 'abc', LOG_LEVEL: 'loud', LOG_FORMAT: 'xml', LOG_PERSONAL_DATA: 'often' });
    expect(problems).toContain('member-service cannot start: 5 problems');
    expect(problems).toMatch(/HTTP_PORT +must be a port.*Example: HTTP_PORT=3001/);
    expect(problems).toMatch(/DATABASE_URL +is missing.*Example: DATABASE_URL=postgres:/);
    expect(problems).toMatch(/LOG_LEVEL .*"info".*Example: LOG_LEVEL=info/);
    expect(problems).toMatch(/LOG_FORMAT .*"json"\|"text".*Example: LOG_FORMAT=json/);
    expect(problems).toMatch(/LOG_PERSONAL_DATA .*"true".*Example: LOG_PERSONAL_DATA=false/);
  });

  it('takes an empty variable as not set', () => {
    expect(problemsOf({ ...good, HTTP_PORT: '' })).toMatch(/HTTP_PORT +is missing/);
    expect(loadConfig('member-service', schema, { ...good, LOG_LEVEL: '' }).LOG_LEVEL).toBe('info');
  });

  it('misses the certificate that a database URL names at once, not at the first connection', () => {
    const url = `${good.DATABASE_URL}?sslmode=verify-full&sslrootcert=`;
    expect(problemsOf({ ...good, DATABASE_URL: `${url}/not/there.crt` })).toContain('sslrootcert=/not/there.crt');
    expect(problemsOf({ ...good, DATABASE_URL: `${url}${import.meta.filename}` })).toBe('no problem');
  });

  it.each(['jaeger:4318', 'localhost', 'grpc://jaeger:4317'])('rejects %s as an endpoint for spans', (endpoint) => {
    const problems = problemsOf({ ...good, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    expect(problems).toMatch(/OTEL_EXPORTER_OTLP_ENDPOINT +must be an http.*=http:\/\/127\.0\.0\.1:4318/);
  });

  it('does not show a value, which may be a secret', () => {
    expect(problemsOf({ ...good, DATABASE_URL: 'mysql://me:secret@127.0.0.1/members' })).not.toContain('secret');
  });

  it('describes every variable and gives an example that is right', () => {
    const undescribed = Object.entries(serviceEnv).filter(([, field]) => {
      const { description, example } = field.meta() ?? {};
      return description === undefined || !field.safeParse(example).success;
    });
    expect(undescribed).toEqual([]);
  });
});
