import type { AddressInfo } from 'node:net';
import { ConsoleLogger } from '@nestjs/common';
import { readConsoleConfig } from '../config.ts';
import { createConsole } from '../create-console.ts';

export interface ConsoleUnderTest {
  readonly url: string;
  get(path: string): Promise<Answer>;
  post(path: string, body: object): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  // eslint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** No program can listen at port 1. */
const NO_SERVICE = 'mail-service=http://127.0.0.1:1';

/** The console on a free port, with the given settings. */
export async function startConsole(env: Readonly<Record<string, string>>): Promise<ConsoleUnderTest> {
  const config = readConsoleConfig({
    CONSOLE_LISTEN: '127.0.0.1:0',
    SERVICES: NO_SERVICE,
    SERVICES_ADMIN: NO_SERVICE,
    ...env,
  });
  const app = await createConsole(config, new ConsoleLogger('Console', { logLevels: ['error'] }));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const answerOf = async (response: Response): Promise<Answer> => ({
    status: response.status,
    body: await response.json(),
  });
  return {
    url,
    get: async (path) => answerOf(await fetch(`${url}${path}`)),
    post: async (path, body) =>
      answerOf(
        await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin: url },
          body: JSON.stringify(body),
        }),
      ),
    close: () => app.close(),
  };
}
