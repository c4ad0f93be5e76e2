import type { NestExpressApplication } from '@nestjs/platform-express';
import { createService } from '../lifecycle/create-service.ts';
import type { ServiceOptions } from '../lifecycle/create-service.ts';

/** An HTTP response; `body` is parsed from JSON, undefined where it is empty. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a spec knows what it expects
  readonly body: any;
}

/** A service that listens, and calls to it over HTTP. */
export interface ServiceUnderTest {
  readonly app: NestExpressApplication;
  readonly url: string;
  /** `path` with its query. */
  get(path: string): Promise<Answer>;
  /** A string is sent as it is, anything else as JSON. */
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** A service as it runs in production, on a free port and without logs, spoken to over real HTTP. */
export async function serveForTest(options: Omit<ServiceOptions, 'service' | 'config'>): Promise<ServiceUnderTest> {
  const app = await createService({
    ...options,
    service: 'service-under-test',
    config: { LOG_LEVEL: process.env['TEST_LOG_LEVEL'] === 'debug' ? 'debug' : 'silent', INSTANCE_ID: undefined },
  });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    app,
    url,
    get: (path) => send(path, {}),
    post: (path, body, headers) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body ?? {}),
      }),
  };
}
