import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const DIST = join(import.meta.dirname, '..', '..', 'dist');

/** Which modules of OpenTelemetry a process has loaded once its traces are started. */
async function loadedBy(settings: Readonly<Record<string, unknown>>): Promise<string[]> {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({ load: (url, context, next) => {
      const [, name] = /(@opentelemetry\\/[^/]+)/.exec(url) ?? [];
      if (name !== undefined) loaded.add(name);
      return next(url, context);
    } });
    await import(${JSON.stringify(join(DIST, 'index.js'))});
    const { startTraces } = await import(${JSON.stringify(join(DIST, 'traces', 'start-traces.js'))});
    await startTraces('note-service', ${JSON.stringify(settings)});
    process.stdout.write(JSON.stringify([...loaded]));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return JSON.parse(stdout) as string[];
}

it('without an endpoint the API of OpenTelemetry is loaded, and nothing else of it', async () => {
  expect(await loadedBy({})).toEqual(['@opentelemetry/api']);
});

it('with an endpoint the SDK and its exporter are loaded', async () => {
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_SAMPLER: 'always_on' };
  expect(await loadedBy(settings)).toEqual(
    expect.arrayContaining(['@opentelemetry/sdk-trace', '@opentelemetry/exporter-trace-otlp-http']),
  );
});
